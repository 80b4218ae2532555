# The console's built files.
FROM node:20-slim AS console
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend ./
RUN npm run build

# The locked dependencies, and nothing else.
FROM python:3.11-slim-bookworm AS dependencies
COPY requirements.lock .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --create-home backendify \
    && install -d -o backendify -g backendify -m 0700 /data
WORKDIR /srv/backendify
COPY --from=dependencies /opt/venv /opt/venv
COPY alembic.ini LICENSE ./
COPY alembic alembic
COPY app app
COPY examples examples
COPY --from=console /build/frontend/dist frontend/dist
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/srv/backendify \
    PYTHONUNBUFFERED=1 \
    BACKENDIFY_HOST=0.0.0.0 \
    BACKENDIFY_PORT=8000 \
    BACKENDIFY_DATA_DIR=/data
# Who serves may write nothing here, and would compile everything at each start.
RUN python -m compileall -q app
USER backendify
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"BACKENDIFY_PORT\"]}/readyz', timeout=4)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
