import { spawn } from "node:child_process";

/** @typedef {{ ok: boolean, output: string }} Captured */

/**
 * Runs a program to its end and keeps what it says. Only the code 0 is success: not a signal, not a start that failed.
 * @param {string} root
 * @param {string} command
 * @param {string[]} args
 * @param {number} limitMs
 * @param {Record<string, string>} env
 * @returns {Promise<Captured>}
 */
export function capture(root, command, args, limitMs, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
      killSignal: "SIGKILL",
      shell: process.platform === "win32", // the tools there are .cmd files
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    child.on("error", (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => {
      const end = signal ? `Ended by ${signal} (time limit ${Math.round(limitMs / 1000)} s).\n` : "";
      resolve({ ok: code === 0, output: output + end });
    });
  });
}
