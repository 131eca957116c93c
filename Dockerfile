# One image for worker, beat, flower and the command line: docker run … bulkwire worker
FROM python:3.11-slim

RUN useradd --system --uid 10001 --home-dir /tmp bulkwire \
 && python -m venv /opt/bulkwire
WORKDIR /build

# Exactly what requirements-deploy.lock names, checked by hash. A registry of your own goes into a
# pip.conf that stays out of the image: docker build --secret id=pip,src=pip.conf .
COPY requirements-deploy.lock ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/bulkwire/bin/pip install --no-cache-dir --require-hashes --no-deps \
      -r requirements-deploy.lock

COPY pyproject.toml README.md LICENSE ./
COPY producers producers
COPY workers workers
COPY config config
COPY scripts/bulkwire_cli scripts/bulkwire_cli
RUN /opt/bulkwire/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && rm -rf /build/*

ENV PATH=/opt/bulkwire/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER bulkwire
# The only place that may be written to: beat keeps its schedule here.
WORKDIR /tmp
ENTRYPOINT ["bulkwire"]
CMD ["--help"]
