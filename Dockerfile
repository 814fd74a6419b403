# One process, one volume (/data), no root. docs/deploy.md, "With containers".

FROM python:3.11-slim-bookworm AS build
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
COPY deploy/requirements.lock deploy/
# The build backend comes from the same lock as everything else.
RUN python -m venv /build && /build/bin/pip install --quiet --require-hashes -r requirements.lock
RUN python -m venv /app && /app/bin/pip install --quiet --require-hashes -r deploy/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY fediverse_coord fediverse_coord
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /app/bin/pip install --quiet --no-deps /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 coord && useradd --uid 10001 --gid coord --no-create-home --home-dir /data coord \
    && install -d -o coord -g coord -m 0700 /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 FEDIVERSE_COORD_CONFIG=/data/config.toml
USER coord
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/app/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
ENTRYPOINT ["fediverse-coord"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
