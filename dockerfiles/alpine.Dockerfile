# Installed on Debian (glibc), run on Alpine (musl). That is safe for an app in plain JavaScript; a
# native addon built in the first stage would not load in the second.
ARG NODE=24

FROM node:${NODE} AS build

WORKDIR /app
COPY package.json package-lock.json index.js ./
# See vanilla.Dockerfile for the secret.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci

FROM node:${NODE}-alpine

COPY --from=build /app /
EXPOSE 3000
CMD ["npm", "start"]
