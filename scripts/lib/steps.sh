# Steps that say what they do and how long it took. Sourced by scripts/setup, demo and test.
# shellcheck shell=bash

export LC_ALL=C.UTF-8

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' red='' plain=''
fi

# Milliseconds since some fixed moment.
now_ms() { echo $((${EPOCHREALTIME//[.,]/} / 1000)); }

# seconds 1234 → 1.2
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# One more line of what the running step does.
say() { printf '  %s\n' "$*"; }

die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

# step TITLE COMMAND... runs a step in this shell; when it fails, the script ends with the step's name and the
# end of the log.
step() {
  step_title=$1
  local start
  start=$(now_ms)
  printf '%s%s%s\n' "$bold" "$1" "$plain"
  shift
  "$@"
  printf '  %sdone in %s s%s\n' "$dim" "$(seconds $(($(now_ms) - start)))" "$plain"
  step_title=
}

# Everything a step's commands print goes to the log, which is shown only when they fail.
logged() { "$@" >>"$log" 2>&1 </dev/null; }

start_log() {
  log=$1
  mkdir -p "$(dirname "$log")"
  : >"$log"
  trap report_failure EXIT
}

report_failure() {
  local status=$?
  if ((status != 0)) && [[ -n ${step_title:-} ]]; then
    if [[ -s $log ]]; then
      printf '%s--- the last lines of %s ---%s\n' "$dim" "$log" "$plain" >&2
      tail -n 40 "$log" >&2
    fi
    printf '%sfailed:%s %s (exit %d)\n' "$red" "$plain" "$step_title" "$status" >&2
  fi
}
