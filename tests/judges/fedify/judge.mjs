// Fedify, asked once: one question as JSON on stdin, the answer on stdout.
//
// {task: "contexts"}                      -> {url: the JSON-LD context that Fedify carries}
// {task: "webfinger", resource}           -> the resource descriptor
// {task: "nodeinfo", documents}           -> [the document as Fedify writes what it read, or null]
// {task: "read", urls}                    -> [{type, document}]: fetched, read, written again
// {task: "proofs", documents}             -> [{key, type} or null for a proof that does not hold]
// {task: "requests", requests, documents} -> [key id, or null for a signature that does not hold]
//
// `documents` of "requests" are what stands at the addresses of the keys.

import { readFileSync } from 'node:fs'
import { nodeInfoToJson, parseNodeInfo } from '@fedify/fedify/nodeinfo'
import { verifyObject, verifyProof, verifyRequest } from '@fedify/fedify/sig'
import { DataIntegrityProof, Object as AnyObject } from '@fedify/vocab'
import { getDocumentLoader, preloadedContexts } from '@fedify/vocab-runtime'
import { lookupWebFinger } from '@fedify/webfinger'

const documentLoader = getDocumentLoader({ allowPrivateAddress: true })

// No judge goes further than loopback.
async function contextLoader (url) {
  if (!(url in preloadedContexts)) throw new Error(`no context at hand for ${url}`)
  return { contextUrl: null, documentUrl: url, document: preloadedContexts[url] }
}

const loaders = { documentLoader, contextLoader }

async function read (url) {
  const { document } = await documentLoader(url)
  const found = await AnyObject.fromJsonLd(document, loaders)
  return { type: found.constructor.name, document: await found.toJsonLd({ contextLoader, format: 'expand' }) }
}

async function proof (document) {
  const given = await DataIntegrityProof.fromJsonLd(document.proof, loaders)
  const key = await verifyProof(document, given, loaders)
  const found = key && await verifyObject(AnyObject, document, loaders)
  return found && { key: key.id.href, type: found.constructor.name }
}

function standing (documents) {
  return async url => {
    const document = documents[url.split('#')[0]]
    if (!document) throw new Error(`nothing stands at ${url}`)
    return { contextUrl: null, documentUrl: url, document }
  }
}

async function request ({ method, url, headers, body }, documents) {
  const made = new Request(url, { method, headers, body: body ?? undefined })
  const key = await verifyRequest(made, { documentLoader: standing(documents), contextLoader })
  return key && key.id.href
}

const all = (list, one) => Promise.all(list.map(one))

const tasks = {
  contexts: async () => preloadedContexts,
  webfinger: ({ resource }) => lookupWebFinger(resource, { allowPrivateAddress: true }),
  nodeinfo: ({ documents }) => documents.map(one => {
    const found = parseNodeInfo(one)
    return found && nodeInfoToJson(found)
  }),
  read: ({ urls }) => all(urls, read),
  proofs: ({ documents }) => all(documents, proof),
  requests: ({ requests, documents }) => all(requests, one => request(one, documents))
}

const question = JSON.parse(readFileSync(0, 'utf-8'))
const answer = await tasks[question.task](question)
process.stdout.write(JSON.stringify(answer))
