# The portal's one image: web, worker, beat and migrate differ in their command only (docker-compose.yml).
# The same Python as the tests.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
# base; s3 for an installation whose files stand in a bucket (FILES_URL); ocr reads watermarks and has s3 as well (OCR).
ARG REQUIREMENTS=base
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN /venv/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: --requirement /tmp/requirements.txt
WORKDIR /app
COPY . .
# Messages and static files are made here; the keys are placeholders that no running container sees.
RUN /venv/bin/python -m babel.messages.frontend --quiet compile --use-fuzzy --directory locale --domain django
RUN PRODUCTION=1 SECRET_KEY=build FIELD_KEYS=build BLIND_INDEX_KEY=build EVIDENCE_KEY=build DATA_DIR=/data \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p /data/files \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portal
COPY --from=build /venv /venv
COPY --from=build --chown=portal /data /data
COPY --from=build /app /app
WORKDIR /app
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "exam_ops.wsgi:application"]
