#!/usr/bin/env bash
# Builds TensorFlow's native library for the engine tensorflow: the addon of @tensorflow/tfjs-node from source, against
# libtensorflow from the tensorflow wheel on PyPI. The package's own install script downloads the library from a server that many
# machines cannot reach.
# Usage: npm run tensorflow:native [WHEEL] WHEEL: the requirement for pip, default tensorflow-cpu==2.15.1
# Needs: Linux on x64, python3 with pip and venv, g++, make, Node's headers (Debian: libnode-dev; or NODE_HEADERS=FOLDER with
# include/node).
# `npm ci` removes it again. With TENSORFLOW_NATIVE_CACHE=FOLDER the result is kept, and the next build of the same versions
# copies it.
set -euo pipefail
cd "$(dirname "$0")/../.."
wheel=${1:-tensorflow-cpu==2.15.1}
# The place where `npm ci` puts it if its own script succeeds.
package=node_modules/@tensorflow/tfjs-node

missing=()
for program in python3 g++ make; do command -v "$program" >/dev/null || missing+=("$program"); done
headers=${NODE_HEADERS:-$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")}
[ -f "$headers/include/node/node_api.h" ] || missing+=("Node's headers in $headers/include/node (set NODE_HEADERS)")
if [ "${#missing[@]}" -gt 0 ]; then
  printf 'TensorFlow'\''s library cannot be built: %s is missing.\n' "${missing[@]}" >&2
  exit 1
fi

node_abi=$(node -p 'process.versions.modules + "-" + process.arch')
kept=${TENSORFLOW_NATIVE_CACHE:+$TENSORFLOW_NATIVE_CACHE/tfjs-node-4.22.0-$wheel-node$node_abi}

# 1. The JavaScript package without its install script.
npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error @tensorflow/tfjs-node@4.22.0

if [ -n "$kept" ] && [ -f "$kept/complete" ]; then
  cp -r "$kept/deps" "$kept/lib" "$package/"
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT

  # 2. libtensorflow and its headers, from the wheel.
  python3 -m venv "$work/venv"
  # Any Python will do, because nothing of the wheel is run.
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.11 \
    --implementation cp --abi cp311 --platform manylinux2014_x86_64 -d "$work" "$wheel"
  rm -rf "$package/deps"
  mkdir -p "$package/deps/lib"
  python3 - "$package/deps" "$work" <<'PY'
import glob, os, shutil, sys, zipfile

deps, work = sys.argv[1:]
[path] = glob.glob(os.path.join(work, '*.whl'))
with zipfile.ZipFile(path) as wheel:
    for name in wheel.namelist():
        if name.endswith('/'):
            continue
        if name.startswith('tensorflow/include/'):
            to = os.path.join(deps, 'include', name[len('tensorflow/include/'):])
        elif name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
            to = os.path.join(deps, 'lib', os.path.basename(name))
        else:
            continue
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with wheel.open(name) as source, open(to, 'wb') as target:
            shutil.copyfileobj(source, target, 1 << 20)
PY
  # The names that binding.gyp links. The C API is inside libtensorflow_cc.
  ln -s libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -s libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"

  # 3. The addon.
  bin=$PWD/node_modules/.bin
  gyp=$PWD/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp
  (cd "$package" && PATH="$bin:$PATH" node "$gyp" install --build-from-source --nodedir="$headers" --loglevel=error)
  # Only the compiler needs these.
  rm -rf "$package/build-tmp-napi-v8" "$package/deps/include"

  if [ -n "$kept" ]; then
    rm -rf "$kept"
    mkdir -p "$kept"
    cp -r "$package/deps" "$package/lib" "$kept/"
    touch "$kept/complete"
  fi
fi

# 4. Check that it loads and computes.
node -e '
const tf = require("@tensorflow/tfjs-node");
const [sum] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
if (tf.getBackend() !== "tensorflow" || sum !== 11) throw new Error("It computes " + sum + " on " + tf.getBackend() + ".");
console.log("The engine tensorflow now computes on TensorFlow " + tf.backend().binding.TF_Version + ".");
'
