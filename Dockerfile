# One image for every part: `docker run trunkline api | directory | worker | migrate | seed | doctor`.
FROM python:3.13-slim AS packages
COPY requirements.txt /
RUN python -m venv /opt/trunkline \
    && /opt/trunkline/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.13-slim
# The account owns what it writes and nothing else; a fresh volume takes the folder's owner.
RUN useradd --system --uid 10001 --no-create-home trunkline \
    && install -d -o trunkline -g trunkline -m 700 /var/lib/trunkline
COPY --from=packages /opt/trunkline /opt/trunkline
WORKDIR /srv/trunkline
COPY . .
ENV PATH=/opt/trunkline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    TRUNKLINE_DATA_DIR=/var/lib/trunkline \
    TRUNKLINE_HOST=0.0.0.0
USER trunkline
VOLUME /var/lib/trunkline
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["api"]
