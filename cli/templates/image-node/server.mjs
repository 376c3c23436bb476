// {{name}}: answers /healthz, and greets on every other path.
import { createServer } from "node:http";

createServer((request, response) => {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(request.url === "/healthz" ? "ok\n" : "hello from {{name}}\n");
}).listen(8080);
