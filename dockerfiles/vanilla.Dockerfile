# One stage on the full Node image: the whole of Debian, compilers included, is shipped with the app.
# An ARG above the first FROM may be used in FROM lines only.
ARG NODE=24

FROM node:${NODE}
EXPOSE 3000
WORKDIR /app
COPY package.json package-lock.json index.js ./
# The secret is the host's CA bundle, for machines behind a proxy that re-signs TLS. It is mounted for
# this one instruction and stays out of the image; where there is none, Node goes on without it.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci
CMD ["npm", "start"]
