// Evaluates CommonJS modules that export plain data: {"module": source} is answered by {"exported": value}.
import {createInterface} from 'node:readline';
import {runInNewContext} from 'node:vm';

for await (const line of createInterface({input: process.stdin})) {
  const module = {exports: null};
  runInNewContext(JSON.parse(line).module, {module});
  process.stdout.write(JSON.stringify({exported: module.exports}) + '\n');
}
