# Two stages on the same base: the layers of the first are left behind, only /app is copied over. What
# that saves is npm's cache and the like; the base, which is nearly all of the image, stays.
ARG NODE=24

FROM node:${NODE} AS build

WORKDIR /app
COPY package.json package-lock.json index.js ./
# See vanilla.Dockerfile for the secret.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci

FROM node:${NODE}

COPY --from=build /app /
EXPOSE 3000
CMD ["npm", "start"]
