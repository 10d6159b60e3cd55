# The suites of scripts/test. Each is a function suite_NAME that runs in a shell of its own with `set -e`.
# shellcheck shell=bash

test_venv=$cache/venv/test keras_venv=$cache/venv/keras deploy_venv=$cache/venv/deploy
spark_venv=$cache/venv/spark spark4_venv=$cache/venv/spark4
suite_table=() cases_passed=0 cases_failed=0

jobs=$(nproc)
sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

suite_style() {
  sources '*.cpp' '*.h' | xargs "$test_venv/bin/clang-format" --dry-run --Werror
  # The scripts, and with them the files that they source.
  sources | xargs -d '\n' grep -lI '^#!.*bash' | xargs "$test_venv/bin/shellcheck" --external-sources --check-sourced
}

suite_unit() { ctest --test-dir build/release -L unit -j "$jobs" --output-on-failure; }

run_pytest() {
  COULIS_BUILD=$PWD/build/release COULIS=$PWD/build/release/cli/coulis COULIS_PYTHON=$test_venv/bin/python \
    "$test_venv/bin/python" -B -m pytest -q -p no:cacheprovider -rs "$@"
}

# The quantiser's own environment, which the command makes once (500 MB).
prepare_quantiser() { COULIS_PYTHON=$test_venv/bin/python build/release/cli/coulis models quantize --prepare; }

suite_python() {
  prepare_quantiser
  run_pytest tests --ignore tests/package --ignore tests/architecture --ignore tests/deploy --ignore tests/s3 \
    --ignore tests/spark \
    --ignore tests/reference/test_keras.py --ignore tests/reference/test_tensorflow_formats.py
}

suite_s3() {
  run_pytest tests/s3 --ignore tests/s3/test_spark.py --ignore tests/s3/test_spark_job.py \
    --ignore tests/s3/test_spark_stages.py
}

# coulis-spark.jar, its native library first. Maven asks its repositories only for what its cache lacks. Before the suites,
# because several look at the build's folder.
build_jar() {
  install_packages openjdk-17-jdk-headless maven
  logged cmake --preset release -DCOULIS_SPARK=ON
  logged cmake --build build/release -j "$jobs" --target spark_native
  logged mvn -q -B -o -f spark/pom.xml package || logged mvn -q -B -f spark/pom.xml package
}

# Spark of both lines, with the jar, and the jars with which it reads s3a://.
suite_spark() {
  local pins=scripts/requirements/s3a yarn=scripts/requirements/yarn
  make_venv "$spark_venv" scripts/requirements/spark.txt
  make_venv "$spark4_venv" scripts/requirements/spark4.txt
  make_venv "$cache/venv/connect" scripts/requirements/connect.txt
  make_venv "$cache/venv/wheel" scripts/requirements/wheel.txt
  fetch_jars $pins/pom.xml $pins/jars.sha256
  fetch_jars $yarn/pom.xml $yarn/jars.sha256
  COULIS_YARN_JARS=$(jars_folder $yarn/jars.sha256)
  export COULIS_YARN_JARS
  COULIS_SPARK_PYTHON=$spark_venv/bin/python COULIS_S3A_JARS=$(jars_folder $pins/jars.sha256) \
    run_pytest tests/s3/test_spark.py tests/s3/test_spark_job.py tests/s3/test_spark_stages.py
  # What each line saves, the next one loads.
  COULIS_SPARK_EXCHANGE=$(mktemp -d "$PWD/build/test/exchange.XXXXXX")
  export COULIS_SPARK_EXCHANGE
  COULIS_SPARK_PYTHON=$spark_venv/bin/python COULIS_WHEEL_PYTHON=$cache/venv/wheel/bin/python run_pytest tests/spark
  COULIS_SPARK_PYTHON=$spark4_venv/bin/python COULIS_SPARK_CONNECT=$(echo "$cache"/venv/connect/lib/python3*/site-packages) \
    run_pytest tests/spark/test_image_embedder.py tests/spark/test_scaled_pca.py tests/spark/test_connect.py
  COULIS_SPARK_PYTHON=$spark4_venv/bin/python run_pytest tests/spark/test_job.py tests/spark/test_cluster.py \
    tests/spark/test_documents.py -k 'result_is_that or executor_killed or archives_give or parquet_gives or scala'
  # And what the later one saved, the earlier one loads.
  COULIS_SPARK_PYTHON=$spark_venv/bin/python run_pytest tests/spark/test_scaled_pca.py -k another_line
  rm -rf "$COULIS_SPARK_EXCHANGE"
}

suite_keras() {
  make_venv "$keras_venv" scripts/requirements/keras.txt
  COULIS_KERAS_PYTHON=$keras_venv/bin/python run_pytest tests/reference/test_keras.py \
    tests/reference/test_tensorflow_formats.py
}

# The tests start sshd themselves, on loopback. The package would start one for the whole network where none was.
keep_sshd_off() {
  local mask=(systemctl mask --quiet ssh.service ssh.socket)
  if [[ -x /usr/sbin/sshd || ! -d /run/systemd/system ]]; then return; fi
  if ((EUID == 0)); then logged "${mask[@]}"; else logged sudo "${mask[@]}"; fi
}

suite_deploy() {
  # For the tunnel: an SSH server of the tests' own, JavaScript and a browser for the PAC file.
  keep_sshd_off
  install_packages awscli chromium curl debootstrap nodejs openssh-client openssh-server
  make_venv "$deploy_venv" scripts/requirements/deploy.txt
  make_venv "$cache/venv/awscli1" scripts/requirements/awscli1.txt
  export COULIS=$PWD/build/release/cli/coulis
  # Debian's aws command, which is of version 2, whatever else is on the PATH; then one of version 1.
  PATH=/usr/bin:$PATH "$deploy_venv/bin/python" -B -m pytest -q -p no:cacheprovider -rs tests/deploy
  PATH=$cache/venv/awscli1/bin:$PATH "$deploy_venv/bin/python" -B -m pytest -q -p no:cacheprovider -rs tests/deploy/test_cloud.py \
    -k 'in_order or uploads or submit or status or logs or deletes_all or old_versions'
  make_venv "$cache/venv/checkov" scripts/requirements/checkov.txt
  # Its mapping to a service on the internet is of no use here.
  BC_SKIP_MAPPING=TRUE "$cache/venv/checkov/bin/checkov" --directory deploy/aws --framework cloudformation --compact
}

suite_package() { run_pytest tests/package; }

# sanitized PRESET TARGET...: builds these targets with the preset's sanitizers.
sanitized() {
  local preset=$1
  # TBB loads a helper with RTLD_DEEPBIND, which the sanitizers refuse, unless it is told of them.
  export TBB_ENABLE_SANITIZERS=1
  export TSAN_OPTIONS=suppressions=$PWD/tests/tsan.supp
  export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
  cmake --preset "$preset" -DCOULIS_DEPS="$native_deps" >/dev/null
  cmake --build "build/$preset" -j "$jobs" --target "${@:2}"
}

suite_asan() {
  sanitized asan all
  ctest --test-dir build/asan -L unit -j "$jobs" --output-on-failure
  local work
  work=$(mktemp -d)
  build/asan/cli/coulis synth --count 20 --out "$work/photographs"
  printf 'not an image' >"$work/photographs/bad.jpg"
  build/asan/cli/coulis run "$work/photographs" --out "$work/results" --progress none --max-bad 0.5
  build/asan/cli/coulis validate "$work/results"
  rm -rf "$work"
}

suite_tsan() {
  local tests=(coulis_{base,image,infer,stats,store,pipeline}_test) test failed=0
  sanitized tsan "${tests[@]}"
  for test in "${tests[@]}"; do "build/tsan/tests/$test" --gtest_brief=1 || failed=1; done
  return $failed
}

# What this machine compiles of src, cli and spark: kernels for other processors are not among it.
suite_tidy() {
  "$test_venv/bin/python" scripts/lib/tidy.py "$test_venv/bin/clang-tidy" build/release "$cache/tidy" "$jobs" src cli spark
}

# run_suite NAME: runs it whatever became of the others, notes the time and counts its cases: those that ctest,
# GoogleTest or pytest report, else the suite itself is one.
run_suite() {
  local name=$1 output=build/test/$1.log start status=0 took passed failed
  start=$(now_ms)
  printf '%s%s%s\n' "$bold" "$name" "$plain"
  (set -e && "suite_$name") >"$output" 2>&1 </dev/null &
  wait $! || status=$?
  took=$(seconds $(($(now_ms) - start)))

  passed=$(count_cases "$output" passed) failed=$(count_cases "$output" failed)
  if ((status == 0 && passed == 0)); then passed=1; fi
  if ((status != 0 && failed == 0)); then failed=1; fi
  ((cases_passed += passed, cases_failed += failed)) || true
  if ((status != 0)); then
    grep -vE '^\s*(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed|\[[0-9]+/[0-9]+\])' "$output" | tail -n 120
  fi
  suite_table+=("$(printf '%-8s %-6s %8s s %6d passed %4d failed   %s' \
    "$name" "$( ((status == 0)) && echo ok || echo FAILED)" "$took" "$passed" "$failed" "$output")")
  printf '  %s\n' "${suite_table[-1]}"
}

# count_cases LOG passed|failed: from the closing lines of ctest, pytest and GoogleTest.
count_cases() {
  local ctest pytest=$2
  case $2 in
    passed) ctest='s/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\2 - \1/p' ;;
    failed) ctest='s/.*tests passed, \([0-9]*\) tests failed out of [0-9]*$/\1/p' pytest='(failed|errors?)' ;;
  esac
  local sum
  sum=$({
    sed -n "$ctest" "$1"
    grep -E '^[=0-9].* in [0-9.]+s' "$1" | grep -oE "[0-9]+ $pytest" | cut -d' ' -f1
    sed -n "s/^\[  ${2^^}  \] \([0-9]*\) tests\?.*/\1/p" "$1"
  } | paste -sd+)
  echo $((${sum:-0}))
}

# wanted SUITE SUITE...: whether the first is among the others.
wanted() { [[ " ${*:2} " == *" $1 "* ]]; }

# What often waits runs beside what computes. The first lane is shown as it runs.
lanes=("style unit python keras package" "s3 spark" "deploy asan tsan tidy")

# run_suites SUITE...: the lanes side by side where there is memory for all, else one suite after the other.
run_suites() {
  local lane suite chosen running=()
  if (($(available_megabytes) < 12000)); then
    for suite in "$@"; do run_suite "$suite"; done
    return
  fi
  rm -f build/test/lane*.{log,counts}
  for lane in "${!lanes[@]}"; do
    chosen=()
    for suite in ${lanes[lane]}; do if wanted "$suite" "$@"; then chosen+=("$suite"); fi; done
    if ((${#chosen[@]} == 0)); then continue; fi
    if ((lane == 0)); then
      run_lane "$lane" "${chosen[@]}" &
    else
      printf '%sbeside the others: %s%s\n' "$dim" "${chosen[*]}" "$plain"
      run_lane "$lane" "${chosen[@]}" >"build/test/lane$lane.log" 2>&1 &
    fi
    running[lane]=$!
  done
  for lane in "${!running[@]}"; do
    wait "${running[lane]}" || true
    if ((lane > 0)); then cat "build/test/lane$lane.log"; fi
    count_lane "$lane"
  done
}

run_lane() {
  local lane=$1 suite
  trap - EXIT
  for suite in "${@:2}"; do run_suite "$suite"; done
  { echo "$cases_passed $cases_failed" && printf '%s\n' "${suite_table[@]}"; } >"build/test/lane$lane.counts"
}

# A lane that was cut off has left no counts, which is a failure.
count_lane() {
  local passed=0 failed=1 table=("lane $1   FAILED   build/test/lane$1.log")
  if [[ -s build/test/lane$1.counts ]]; then
    { read -r passed failed && mapfile -t table; } <"build/test/lane$1.counts"
  fi
  suite_table+=("${table[@]}")
  ((cases_passed += passed, cases_failed += failed)) || true
}

available_megabytes() { awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo; }

report_suites() {
  printf '\n%sSuites%s\n' "$bold" "$plain"
  printf '  %s\n' "${suite_table[@]}"
  printf '\n%d passed, %d failed\n' "$cases_passed" "$cases_failed"
  ((cases_failed == 0))
}
