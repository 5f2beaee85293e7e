# Two instructions, two layers. The article leaves out -y, without which nobody is there to say yes.
FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y vim
