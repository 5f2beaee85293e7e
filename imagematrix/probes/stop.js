// What the signal that stops a container does to the app, seen from beside it. PORT, SIGNAL (its number) and
// GRACE_MS are set by a line above this one.
//
// The app (whoever listens on PORT) is frozen first. A frozen process cannot act on a signal, so one that
// reaches it stays in its pending mask, where it is seen for certain; then the app goes on, and its end is
// watched. Whatever PID 1 does in the meantime it does as ever. Runs on Node 8 and later.
//
// An app that its signal ended may have handled it before: the usual handler closes the server, and then sends the
// signal again. Nor does the mask of caught signals tell: node itself catches SIGTERM and SIGINT, puts the terminal
// in order and sends them again. But before a handler of the app's runs, node writes to a pipe (libuv hands signals
// to the event loop so), and the kernel counts what is written. What takes the default action writes nothing more.
const fs = require('fs')

const say = (what) => fs.writeSync(1, JSON.stringify(what) + '\n')
const pause = (ms) => { // Node before 8.10 has no Atomics: it turns round instead
  if (typeof Atomics === 'object') return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  for (const until = Date.now() + ms; Date.now() < until;);
}
const read = (path) => { try { return fs.readFileSync(path, 'latin1') } catch (_) { return '' } }

// proc(5): state, parent, flags and wait status (fields 3, 4, 9 and 52); a command's name may hold anything, ")" too.
const EXITING = 4 // of the flags: it runs no code of its own any more
const stat = (pid) => {
  const text = read(`/proc/${pid}/stat`)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const dead = fields[0] === 'Z' || fields[0] === 'X'
  return text && {
    state: fields[0], parent: Number(fields[1]), status: Number(fields[49]), dead, exiting: dead || Boolean(fields[6] & EXITING),
  }
}
// Calls that wrote, of all its threads; NaN where the kernel does not tell, or it is gone.
const writes = (pid) => Number((read(`/proc/${pid}/io`).match(/^syscw: (\d+)$/m) || [])[1])

const listener = () => {
  const hex = ':' + PORT.toString(16).toUpperCase().padStart(4, '0')
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].map(read).join('\n').split('\n').map((row) => row.trim().split(/\s+/))
  const sockets = rows.filter((row) => row[3] === '0A' && row[1].endsWith(hex)).map((row) => `socket:[${row[9]}]`)
  const holds = (pid) => {
    try {
      return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try { return sockets.includes(fs.readlinkSync(`/proc/${pid}/fd/${fd}`)) } catch (_) { return false }
      })
    } catch (_) { return false }
  }
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b).find(holds)
}

// The masks of proc(5) that a row's name matches: pending (of the process, of its first thread), caught.
// Hexadecimal; signal n is bit n - 1.
const masked = (pid, name) => (read(`/proc/${pid}/status`).match(new RegExp(`^${name}:\\s*[0-9a-f]+`, 'gmi')) || [])
  .some((row) => parseInt(row[row.length - 1 - ((SIGNAL - 1) >> 2)], 16) >> ((SIGNAL - 1) & 3) & 1)
const pending = (pid) => masked(pid, 'S[a-z]*Pnd')

const app = listener()
const above = []
for (let at = app && stat(app); at && at.parent > 0; at = stat(at.parent)) {
  above.push(read(`/proc/${at.parent}/cmdline`).split('\0').join(' ').trim().slice(0, 200))
}
const freeze = () => {
  process.kill(app, 'SIGSTOP')
  for (let tries = 0; tries < 1000 && stat(app).state !== 'T'; tries++) pause(1)
}

// True for as long as something may come; says on the way that it is still there, so that silence is news.
const begun = Date.now()
let told = false
const watching = () => {
  const age = Date.now() - begun
  if (!told && age > GRACE_MS / 2) say({ watching: told = true })
  return age < 3 * GRACE_MS
}

// Says and gives whether a handler of the app's took the signal, once that is sure.
const took = (before, now) => {
  const since = writes(app) - before
  if (!(since > 0) && !(since === 0 && now.exiting)) return undefined
  say({ handled: since > 0 })
  return since > 0
}

const watch = () => {
  const before = writes(app)
  let heard = false
  while (!heard && watching()) heard = pending(app) || (pause(0.5), false)
  if (heard) say({ heard })
  process.kill(app, 'SIGCONT')
  // Without a pause at first: a default action is a matter of microseconds, and a zombie is soon reaped.
  const rest = Date.now() + 20
  let now = stat(app)
  let handled // undefined: not seen yet
  // While it is ending, its status is 0 until it is set.
  while (now && !(now.dead || (now.exiting && now.status && handled !== undefined)) && watching()) {
    if (handled === undefined) handled = took(before, now)
    if (Date.now() > rest && !now.exiting) pause(0.1)
    now = stat(app)
  }
  if (now && handled === undefined) took(before, now)
  if (!now) say({ ended: 'gone' })
  else if (now.exiting) say({ ended: now.status & 127 ? `signal ${now.status & 127}` : `exit ${now.status >> 8}` })
}

try {
  if (app > 1) freeze()
  say({ app: app || 0, above, caught: Boolean(app) && masked(app, 'SigCgt') })
  if (app > 1) watch()
} finally {
  if (app > 1 && stat(app)) process.kill(app, 'SIGCONT')
}
