import { join } from "node:path";
import { run } from "./shell.ts";

/** `linux/amd64` in the words of images, from what Bun calls the machine. */
export const architecture = process.arch === "x64" ? "amd64" : process.arch;

/**
 * Builds and keeps images in a folder of its own, without an engine and without what the machine has of them: Debian's
 * buildah, whose steps run in a chroot.
 */
export class Builder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  buildah(...args: string[]): Promise<string> {
    const { storage, running } = {
      storage: join(this.#folder, "storage"),
      running: join(this.#folder, "running"),
    };
    const where = ["--root", storage, "--runroot", running, "--storage-driver", "vfs"];
    return run(["buildah", ...where, ...args], {
      env: { BUILDAH_ISOLATION: "chroot", TMPDIR: this.#folder },
    });
  }

  /** An image of one layer: a folder as its root, and the environment that its containers start with. */
  async fromFolder(root: string, name: string, env: Record<string, string> = {}): Promise<void> {
    const container = (await this.buildah("from", "scratch")).trim();
    await this.buildah("copy", "--quiet", container, root, "/");
    for (const [key, value] of Object.entries({
      PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      ...env,
    }))
      await this.buildah("config", "--env", `${key}=${value}`, container);
    await this.buildah("commit", "--quiet", "--rm", container, name);
  }

  /** Where the whole file system of an image lies. */
  async mount(image: string): Promise<string> {
    const container = (await this.buildah("from", "--pull-never", image)).trim();
    return (await this.buildah("mount", container)).trim();
  }
}
