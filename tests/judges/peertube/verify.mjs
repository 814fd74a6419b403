// PeerTube's HTTP signature library, asked once: one question as JSON on stdin, the answer on stdout.
//
// {task: "verify", method, target, headers, publicKeyPem} -> {keyId, holds}
// {task: "sign", method, target, headers, keyId, privateKeyPem, hideAlgorithm} -> headers

import { readFileSync } from 'node:fs'
import signature from '@peertube/http-signature'

const COVERED = ['(request-target)', 'host', 'date', 'digest', 'content-type']

function verify ({ method, target, headers, publicKeyPem }) {
  const required = method === 'POST' ? ['(request-target)', 'host', 'digest'] : ['(request-target)', 'host']
  const parsed = signature.parse({ method, url: target, headers }, {
    authorizationHeaderName: 'signature',
    clockSkew: 60,
    headers: required
  })
  return { keyId: parsed.keyId, holds: signature.verifySignature(parsed, publicKeyPem) }
}

function sign ({ method, target, headers, keyId, privateKeyPem, hideAlgorithm }) {
  const request = {
    method,
    path: target,
    getHeader: name => headers[name.toLowerCase()],
    setHeader: (name, value) => { headers[name.toLowerCase()] = value }
  }
  signature.sign(request, {
    keyId,
    key: privateKeyPem,
    algorithm: 'rsa-sha256',
    authorizationHeaderName: 'signature',
    headers: COVERED,
    hideAlgorithm
  })
  return headers
}

const question = JSON.parse(readFileSync(0, 'utf-8'))
const answer = question.task === 'sign' ? sign(question) : verify(question)
process.stdout.write(JSON.stringify(answer))
