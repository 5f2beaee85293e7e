# Installed on the full image, run on one that holds Node and the libraries it needs: no shell, no npm.
ARG NODE=24

FROM node:${NODE} AS build

WORKDIR /app
COPY package.json package-lock.json index.js ./
# See vanilla.Dockerfile for the secret.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci

FROM gcr.io/distroless/nodejs${NODE}-debian13

COPY --from=build /app /
EXPOSE 3000
# The entrypoint of this base is node itself, so the command is only the file to run.
CMD ["index.js"]
