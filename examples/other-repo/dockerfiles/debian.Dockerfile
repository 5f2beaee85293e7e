ARG NODE=24

FROM node:${NODE} AS build
WORKDIR /srv
COPY package.json package-lock.json ./
# The secret is the CA bundle of a proxy that re-signs TLS; where there is none, Node goes on without it.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --omit=dev
COPY src src

FROM node:${NODE}
ENV NODE_ENV=production
WORKDIR /srv
COPY --from=build /srv ./
USER node
EXPOSE 8080
CMD ["node", "src/server.js"]
