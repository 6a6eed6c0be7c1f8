// Times how fast @digitalbazaar/vc signs and checks, one request on a line of standard input.
//
//   {"served": {url: document, ...}}                                     first line: what the document loader may serve
//   {"sign": [credential, ...], "suite", "seed", "keyId", "created"}     answered by {"seconds", "last": document}
//   {"check": [document, ...], "suite", "now"}                           answered by {"seconds", "verified": how many}
//
// Seconds are those of this process from the first document to the last, reading and writing of lines left out: wall clock
// or processor time (all threads), whichever is less.
import {createInterface} from 'node:readline';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {
  createSignCryptosuite as jcsSign, createVerifyCryptosuite as jcsVerify
} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const SIGN = {'eddsa-rdfc-2022': eddsaRdfc, 'eddsa-jcs-2022': jcsSign()};
const CHECK = {'eddsa-rdfc-2022': eddsaRdfc, 'eddsa-jcs-2022': jcsVerify()};

let served = {};
const documentLoader = async url => {
  if(!served[url]) {
    throw new Error(`unknown document ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: served[url], tag: 'static'};
};

async function timed(job) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  const answer = await job();
  const {user, system} = process.cpuUsage(cpu);
  return {...answer, seconds: Math.min((performance.now() - wall) / 1e3, (user + system) / 1e6)};
}

async function sign({sign: credentials, suite: name, seed, keyId, created}) {
  const key = await Ed25519Multikey.generate({seed: Buffer.from(seed, 'hex')});
  key.id = keyId;
  key.controller = keyId.split('#')[0];
  const signer = key.signer();
  return timed(async () => {
    let last;
    for(const credential of credentials) {
      const suite = new DataIntegrityProof({signer, cryptosuite: SIGN[name], date: new Date(created)});
      last = await vc.issue({credential, suite, documentLoader});
    }
    return {last};
  });
}

async function check({check: texts, suite: name, now}) {
  return timed(async () => {
    let verified = 0;
    for(const text of texts) {
      const suite = new DataIntegrityProof({cryptosuite: CHECK[name]});
      const result = await vc.verifyCredential({
        credential: JSON.parse(text), suite, documentLoader, now: new Date(now),
        checkStatus: async () => ({verified: true})
      });
      verified += result.verified ? 1 : 0;
    }
    return {verified};
  });
}

for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  if(request.served) {
    served = request.served;
  }
  const answer = request.sign ? await sign(request) : request.check ? await check(request) : {ready: true};
  process.stdout.write(JSON.stringify(answer) + '\n');
}
