#!/bin/sh
# Runs inside the container once LocalStack is ready. Without Docker, create-bucket.mjs does the same.
awslocal s3api create-bucket --bucket "${BUCKET:-lake}"
