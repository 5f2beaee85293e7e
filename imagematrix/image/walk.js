// Walks the image that it runs in, from standard input of the image's own node (8 or newer), and tells on
// standard output what is there.  One JSON array a line:
//   ["n", version]                                          first of all: the node that walks
//   ["m", mount point]                                      left out: something is mounted over it
//   ["d", folder, raw, names, kinds, bytes, modes, uids, hard, targets]   what a folder holds, in columns
//   ["c", path, raw, base64]                                content of a file that `order` names
//   ["s", path, raw, base64]                                the beginning of a script that may be run
//   ["z", entries]                                          last of all: how many there were
// `raw` is 1 where a name is not UTF-8: then the line's names are bytes, each a character of its own.
// `uids` is a list, or the one number where all are the same.  `hard` and `targets` go by an entry's index.
// `order` is set by the lines above these.
'use strict'
const fs = require('fs')

const wanted = new RegExp(order.wanted.map((pattern) => '(?:' + pattern + ')').join('|'))
const big = parseInt(process.versions.node, 10) > 10 // lstat can give whole 64 bits
const first = Buffer.alloc(order.first)
const unknown = '\ufffd' // what bytes that are not UTF-8 are read as
let lines = []
let length = 0
let entries = 0

function put (line) {
  const text = JSON.stringify(line)
  lines.push(text)
  length += text.length
  if (length > 1 << 18) flush()
}

function flush () {
  const out = Buffer.from(lines.join('\n') + '\n')
  for (let at = 0; at < out.length;) {
    try {
      at += fs.writeSync(1, out, at, out.length - at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error // the reader is slow: try again
    }
  }
  lines = []
  length = 0
}

// What is mounted here but the root, and not a volume of the image: the engine's own.
function mounts () {
  const found = fs.readFileSync('/proc/self/mountinfo', 'latin1').split('\n').filter(Boolean)
    .map((line) => line.split(' ')[4].replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))))
    .map((path) => Buffer.from(path, 'latin1').toString())
  return found.filter((path) => path !== '/' && order.volumes.indexOf(path) < 0)
}

function kind (stat) {
  if (stat.isFile()) return 'f'
  if (stat.isDirectory()) return 'd'
  return stat.isSymbolicLink() ? 'l' : 'o'
}

// Tells what a folder holds; false where a name is not UTF-8: it is then looked at again, as
// bytes.  `folders`, `contents` and `programs` get what is to be walked and read next.
function look (folder, raw, skipped, folders, contents, programs) {
  const code = raw ? 'latin1' : 'utf8'
  const start = folder === '/' ? '/' : folder + '/'
  const names = fs.readdirSync(raw ? Buffer.from(folder, 'latin1') : folder, code)
    .filter((name) => !skipped.has(start + name))
  if (!raw && (start + names.join('/')).indexOf(unknown) >= 0) return false
  const bytes = []
  const modes = []
  const uids = []
  const hard = {}
  const targets = {}
  let kinds = ''
  let same = true
  for (let index = 0; index < names.length; index++) {
    const path = start + names[index]
    const where = raw ? Buffer.from(path, 'latin1') : path
    const stat = fs.lstatSync(where)
    const letter = kind(stat)
    const file = letter === 'f'
    kinds += letter
    bytes.push(file ? stat.size : 0)
    modes.push(stat.mode & 0o7777)
    uids.push(stat.uid)
    same = same && stat.uid === uids[0]
    if (letter === 'd') folders.push([path, raw])
    if (letter === 'l') targets[index] = fs.readlinkSync(where, code)
    if (file && stat.nlink > 1) {
      const whole = big ? fs.lstatSync(where, { bigint: true }) : stat
      hard[index] = whole.dev + ':' + whole.ino
    }
    if (file && wanted.test(path)) {
      if (stat.size <= order.limit) contents.push([path, raw])
    } else if (file && stat.size && stat.mode & 0o111) programs.push([path, raw])
    if (!raw && letter === 'l' && targets[index].indexOf(unknown) >= 0) return false
  }
  entries += names.length
  put(['d', folder, raw ? 1 : 0, names, kinds, bytes, modes, same && uids.length ? uids[0] : uids, hard, targets])
  return true
}

// Tells how a file begins, where it names a program to be started by.
function begin (path, raw) {
  const handle = fs.openSync(raw ? Buffer.from(path, 'latin1') : path, 'r')
  const length = fs.readSync(handle, first, 0, order.first, 0)
  fs.closeSync(handle)
  if (length > 1 && first[0] === 35 && first[1] === 33) { // "#!"
    put(['s', path, raw ? 1 : 0, first.toString('base64', 0, length)])
  }
}

function walk () {
  const skipped = new Set(mounts())
  put(['n', process.versions.node])
  skipped.forEach((path) => put(['m', path]))
  flush()
  order.skipped.forEach((path) => skipped.add(path))
  const left = [['/', false]]
  while (left.length) {
    const next = left.pop()
    let folders = []
    let contents = []
    let programs = []
    if (next[1] || !look(next[0], false, skipped, folders, contents, programs)) {
      const folder = next[1] ? next[0] : Buffer.from(next[0]).toString('latin1')
      folders = []
      contents = []
      programs = []
      look(folder, true, skipped, folders, contents, programs)
    }
    folders.forEach((folder) => left.push(folder))
    programs.forEach((file) => begin(file[0], file[1]))
    contents.forEach((file) => {
      const data = fs.readFileSync(file[1] ? Buffer.from(file[0], 'latin1') : file[0])
      put(['c', file[0], file[1] ? 1 : 0, data.toString('base64')])
    })
  }
  put(['z', entries])
  flush()
}

walk()
