import { encodeQR } from "qr";

/** Modules of white around a code, without which many readers find none (ISO/IEC 18004, section 9.1). */
const quietZone = 4;

/** A QR code as an SVG, black on white also where a page is dark. */
export function qrSvg(text: string): string {
  const rows = encodeQR(text, "raw", { ecc: "low", border: quietZone });
  const side = rows.length;
  const path = rows.map((row, y) => runs(row, y)).join("");
  return (
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${side} ${side}' shape-rendering='crispEdges'>` +
    `<path fill='#fff' d='M0 0h${side}v${side}H0z'/><path d='${path}'/></svg>`
  );
}

/** One rectangle for each run of dark modules of a row. */
function runs(row: readonly boolean[], y: number): string {
  let text = "";
  for (let x = 0; x < row.length; x++) {
    const start = x;
    while (row[x] === true) x++;
    if (x > start) text += `M${start} ${y}h${x - start}v1H${start}z`;
  }
  return text;
}
