export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(url);
}

/** Whether a setting may be the address of a database; it is not said why not, as it may hold a password. */
export function isDatabaseAddress(text: string): boolean {
  if (!isPostgres(text)) return /^sqlite:.+/.test(text);
  const url = URL.parse(text);
  return url !== null && url.pathname.length > 1;
}
