import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { Context } from "../context.ts";
import { photoTotals } from "../photos/service.ts";

export function registerPhotos(registry: Registry, ctx: Context): void {
  registry.registerMetric(
    new Gauge({
      name: "jarvis_photos",
      help: "Photos that are kept.",
      registers: [],
      async collect() {
        this.set((await photoTotals(ctx)).count);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "jarvis_photos_bytes",
      help: "Bytes of the photos that are kept, and of their thumbnails.",
      registers: [],
      async collect() {
        this.set((await photoTotals(ctx)).bytes);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "jarvis_photo_failures_total",
      help: "Images that were sent and could not be decoded, or not in time.",
      registers: [],
      collect() {
        this.reset();
        this.inc(ctx.photos.images.failures);
      },
    }),
  );
}
