// Runs a Postman collection so many times and prints, as one line of JSON, how many requests it made and what failed.
import newman from "newman";

const [collection, iterations] = process.argv.slice(2);
let requests = 0;
const failures = [];

newman
  .run({ collection, iterationCount: Number(iterations), reporters: [], timeoutRequest: 5_000 })
  .on("request", (error, { item, response }) => {
    requests++;
    if (error) failures.push(`${item.name}: ${error.message}`);
    else if (response.code >= 500) failures.push(`${item.name}: ${response.code}`);
  })
  .on("assertion", (error, { assertion, item }) => {
    if (error) failures.push(`${item.name}: ${assertion}: ${error.message}`);
  })
  .on("exception", (error) => failures.push(String(error?.message ?? error)))
  .on("done", (error) => {
    if (error) failures.push(error.message);
    process.stdout.write(`${JSON.stringify({ requests, failures: failures.slice(0, 50) })}\n`);
  });
