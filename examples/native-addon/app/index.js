const http = require('http')
const hello = require('hello-addon')

http.createServer((req, res) => res.end(hello())).listen(3000, () => {
  console.log('Listening on port 3000')
})
