const fastify = require('fastify')({ logger: true })

const prices = { apple: 120, pear: 95 } // cents

fastify.get('/health', async () => ({ status: 'ok' }))

fastify.get('/prices/:fruit', async (request, reply) => {
  const cents = prices[request.params.fruit]
  return cents === undefined ? reply.code(404).send({ error: 'no such fruit' }) : { cents }
})

// Fastify listens on loopback alone unless it is told a host; in a container nobody would reach it.
fastify.listen({ port: 8080, host: '0.0.0.0' })

process.on('SIGTERM', () => fastify.close())
