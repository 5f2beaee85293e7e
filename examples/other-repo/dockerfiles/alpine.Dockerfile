ARG NODE=24

FROM node:${NODE}-alpine AS build
WORKDIR /srv
COPY package.json package-lock.json ./
# See debian.Dockerfile for the secret.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --omit=dev
COPY src src

FROM node:${NODE}-alpine
ENV NODE_ENV=production
WORKDIR /srv
COPY --from=build /srv ./
USER node
EXPOSE 8080
CMD ["node", "src/server.js"]
