import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { chat, numbers, openLine } from "../test/support/line.ts";
import { ModelServer } from "../test/support/model-server.ts";

interface Step {
  do: "append" | "say" | "run" | "repeat" | "drop";
  by: number;
}

function stepOf(name: Step["do"], by: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return by.map((by) => ({ do: name, by }));
}

const step = fc.oneof(
  stepOf("append", fc.constant(1)),
  stepOf("say", fc.constant(1)),
  stepOf("run", fc.integer({ min: 1, max: 5 })),
  stepOf("repeat", fc.integer({ min: 0, max: 3 })),
  stepOf("drop", fc.constantFrom(1006, 1012, 4503, 4429)),
);

test("whatever breaks, the reader has every entry once and in order, and every message is stored once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const line = openLine({ resume: { epoch: "epoch-1", streams: { [`event:${chat}`]: 0 } } });
      const server = new ModelServer(line);
      const sends = play(server, line, steps);
      server.run(10_000);
      const sent = await Promise.all(sends);
      line.connection.close();
      const heard: string[] = [];
      for await (const frame of line.connection) heard.push(...numbers([frame]));
      expect(heard).toEqual(server.log.map((_, index) => `event:${chat} ${index + 1}`));
      expect(sent.map(({ clientId, seq }) => server.log[seq - 1] === clientId)).toEqual(
        sends.map(() => true),
      );
      expect(sent.map(({ seq }) => seq)).toEqual(sent.map(({ seq }) => seq).toSorted((a, b) => a - b));
      expect(server.log.filter((id) => id !== null)).toHaveLength(sends.length);
    }),
    { numRuns: 400 },
  );
});

function play(server: ModelServer, line: ReturnType<typeof openLine>, steps: Step[]) {
  const sends: ReturnType<typeof line.connection.send>[] = [];
  for (const step of steps) {
    if (step.do === "append") server.append();
    else if (step.do === "say") sends.push(line.connection.send(chat, "hi"));
    else server[step.do](step.by);
  }
  return sends;
}
