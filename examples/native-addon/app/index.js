const http = require('http')
const hello = require('hello-addon')

http.createServer((req, res) => res.end(hello())).listen(3000, () => {
  console.log('Listening on port 3000')
})

// As PID 1 of its container it is not ended by a signal that it does not handle.
process.on('SIGTERM', () => process.exit(0))
