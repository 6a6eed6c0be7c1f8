// Signs and checks credentials with clients that we did not write, one request on a line of standard input.
//
//   {"contexts": {url: context, ...}}                               first line: what the document loader may serve
//   {"sign": credential, "client", "suite", "seed", "created"}      answered by {"document": ...}
//   {"present": presentation, ..., "domain", "challenge"}           answered by {"document": ...}
//   {"check": document, "client", "suite", "now", ...}              answered by {"verified", "proofs": {id: bool}, "error"}
//   {"revoke": [index, ...], "length"}                              answered by {"encodedList": ...}
//   {"read": encodedList, "indexes": [...]}                         answered by {"statuses": [...]}
//   {"status": credential, "lists": {url: list}, "client", "suite"} answered by {"verified", "statuses": {purpose: bool}}
import {createInterface} from 'node:readline';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as TheirEd25519Multikey from '@digitalcredentials/ed25519-multikey';
import * as statusList from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import * as theirVc from '@digitalcredentials/vc';
import {
  createSignCryptosuite as jcsSign, createVerifyCryptosuite as jcsVerify
} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {DataIntegrityProof as TheirDataIntegrityProof} from '@digitalcredentials/data-integrity';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {cryptosuite as theirEddsaRdfc} from '@digitalcredentials/eddsa-rdfc-2022-cryptosuite';

const CLIENTS = {
  digitalbazaar: {vc, Proof: DataIntegrityProof, multikey: Ed25519Multikey},
  digitalcredentials: {vc: theirVc, Proof: TheirDataIntegrityProof, multikey: TheirEd25519Multikey}
};
const SUITES = {
  digitalbazaar: {
    'eddsa-rdfc-2022': [eddsaRdfc, eddsaRdfc],
    'eddsa-jcs-2022': [jcsSign(), jcsVerify()],
    'ecdsa-rdfc-2019': [ecdsaRdfc, ecdsaRdfc]
  },
  digitalcredentials: {'eddsa-rdfc-2022': [theirEddsaRdfc, theirEddsaRdfc]}
};

let contexts = {};

// A did:key says everything itself; every other address must be a bundled context.
const documentLoader = async url => {
  const document = url.startsWith('did:key:') ? ofDidKey(url) : contexts[url];
  if(!document) {
    throw new Error(`unknown context ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document, tag: 'static'};
};

let methodType = 'Multikey';
function ofDidKey(url) {
  const [did, fragment] = url.split('#');
  const method = {
    id: `${did}#${did.slice(8)}`, type: methodType, controller: did, publicKeyMultibase: did.slice(8)
  };
  if(fragment) {
    const context = methodType === 'Multikey' ?
      'https://w3id.org/security/multikey/v1' : 'https://w3id.org/security/suites/ed25519-2020/v1';
    return {'@context': context, ...method};
  }
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did, verificationMethod: [method], assertionMethod: [method.id], authentication: [method.id]
  };
}

async function signingSuite({client, suite, seed, created}) {
  const date = new Date(created);
  if(suite === 'Ed25519Signature2020') {
    const key = await Ed25519VerificationKey2020.generate({seed: Buffer.from(seed, 'hex')});
    key.controller = `did:key:${key.publicKeyMultibase}`;
    key.id = `${key.controller}#${key.publicKeyMultibase}`;
    return new Ed25519Signature2020({key, date});
  }
  const {Proof, multikey} = CLIENTS[client];
  const key = suite.startsWith('ecdsa') ?
    await EcdsaMultikey.generate({curve: seed}) : await multikey.generate({seed: Buffer.from(seed, 'hex')});
  key.controller = `did:key:${(await key.export({publicKey: true})).publicKeyMultibase}`;
  key.id = `${key.controller}#${key.controller.slice(8)}`;
  return new Proof({signer: key.signer(), cryptosuite: SUITES[client][suite][0], date: created});
}

function checkingSuite({client, suite}) {
  if(suite === 'Ed25519Signature2020') {
    return new Ed25519Signature2020();
  }
  return new CLIENTS[client].Proof({cryptosuite: SUITES[client][suite][1]});
}

function reasonOf(error) {
  const reasons = (error?.errors ?? [error]).map(one => one?.details?.event?.message ?? one?.message);
  return reasons.filter(Boolean).join('; ') || 'not verified';
}

const DEEDS = {
  contexts: async request => {
    contexts = request.contexts;
    return {ready: true};
  },
  sign: async request => {
    const suite = await signingSuite(request);
    const issuer = suite.verificationMethod?.split('#')[0] ?? suite.signer.id.split('#')[0];
    const credential = {...request.sign, issuer};
    return {document: await CLIENTS[request.client].vc.issue({credential, suite, documentLoader})};
  },
  present: async request => {
    const suite = await signingSuite(request);
    const {present: presentation, domain, challenge} = request;
    return {
      document: await CLIENTS[request.client].vc.signPresentation({
        presentation, suite, domain, challenge, documentLoader
      })
    };
  },
  check: async request => {
    const {check: document, domain, challenge} = request;
    const suite = checkingSuite(request);
    const {vc: client} = CLIENTS[request.client];
    const now = new Date(request.now);
    const result = document.type.includes('VerifiablePresentation') ?
      await client.verify({presentation: document, suite, domain, challenge, documentLoader, now}) :
      await client.verifyCredential({
        credential: document, suite, documentLoader, now, checkStatus: async () => ({verified: true})
      });
    // "verified" is already true where one proof of several verifies, so each is told.
    const results = result.results ?? result.presentationResult?.results ?? [];
    const proofs = Object.fromEntries(results.map(one => [one.proof?.id ?? '', one.verified]));
    return {verified: result.verified, proofs, error: result.verified ? null : reasonOf(result.error)};
  },
  revoke: async request => {
    const list = await statusList.createList({length: request.length});
    request.revoke.forEach(index => list.setStatus(index, true));
    return {encodedList: await list.encode()};
  },
  read: async request => {
    const list = await statusList.decodeList({encodedList: request.read});
    return {length: list.length, statuses: request.indexes.map(index => list.getStatus(index))};
  },
  status: async request => {
    const loader = async url => request.lists[url] ?
      {contextUrl: null, documentUrl: url, document: request.lists[url]} : documentLoader(url);
    const result = await statusList.checkStatus({
      credential: request.status, suite: checkingSuite(request), documentLoader: loader
    });
    const statuses = (result.results ?? []).map(one => [one.credentialStatus.statusPurpose, one.status]);
    return {
      verified: result.verified, statuses: Object.fromEntries(statuses),
      error: result.verified ? null : reasonOf(result.error)
    };
  }
};

async function answer(request) {
  const deed = Object.keys(DEEDS).find(name => name in request);
  methodType = request.suite === 'Ed25519Signature2020' ? 'Ed25519VerificationKey2020' : 'Multikey';
  try {
    return await DEEDS[deed](request);
  } catch(error) {
    return {failed: reasonOf(error)};
  }
}

for await (const line of createInterface({input: process.stdin})) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
}
