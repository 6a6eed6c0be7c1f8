// Canonicalizes JSON-LD documents with jsonld.js in safe mode, one request on a line of standard input.
//
//   {"contexts": {url: context, ...}}   first line: what the document loader may serve
//   {"document": {...}}                 answered by {"nquads": "..."} or {"error": "..."}
//   {"dataset": "..."}                  N-Quads as they come, answered likewise
import {createInterface} from 'node:readline';
import jsonld from 'jsonld';

let contexts = {};

const documentLoader = async url => {
  if(!Object.hasOwn(contexts, url)) {
    throw new Error(`unknown context ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: contexts[url], tag: 'static'};
};

async function answer(request) {
  if(request.contexts) {
    contexts = request.contexts;
    return {ready: true};
  }
  try {
    const options = {
      algorithm: 'RDFC-1.0', format: 'application/n-quads', safe: true, rdfDirection: 'i18n-datatype', documentLoader, canonizeOptions: {maxWorkFactor: Infinity}
    };
    const nquads = request.dataset === undefined ?
      await jsonld.canonize(request.document, options) :
      await jsonld.canonize(request.dataset, {...options, inputFormat: 'application/n-quads'});
    return {nquads};
  } catch(error) {
    return {error: error.details?.event?.code ?? error.details?.code ?? error.message};
  }
}

for await (const line of createInterface({input: process.stdin})) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
}
