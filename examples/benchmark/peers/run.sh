#!/usr/bin/env bash
# Measures tidewheel and its peers in turn on the same files and prints the
# ratios as a Markdown table. Nothing is left behind but what KEEP names.
#
#   examples/benchmark/peers/run.sh [SUITE ...]    # ingest, train, score, predict; all without any
#
# Settings, by environment variables:
#   ROUNDS=5         rounds; in each, ours and the peers' run once, who is first alternates
#   ROWS=            generated rows; 200000 for ingest and 100000 for the others
#   DATA= TARGET=    a CSV file of your own for ingest and train, and its target
#   PYTHON=          an interpreter that has requirements.txt; without it a
#                    virtual environment is made in a temporary folder
#   KEEP=            a folder to copy the JSON lines to
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
rounds="${ROUNDS:-5}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

go build -C "$here/.." -o "$scratch/benchmark" .
python="${PYTHON:-}"
if [[ -z $python ]]; then
	python3 -m venv "$scratch/venv"
	"$scratch/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
	python="$scratch/venv/bin/python"
fi

# both SUITE OURS... -- PEERS... runs ours and the peers' with these arguments in turn.
both() {
	local suite=$1 ours=() round
	shift
	while [[ $1 != -- ]]; do
		ours+=("$1")
		shift
	done
	shift
	run_ours() { "$scratch/benchmark" -json -suite "$suite" "${ours[@]}" >>"$scratch/ours.jsonl"; }
	run_peers() { "$python" "$here/peers.py" --suite "$suite" "$@" >>"$scratch/peers.jsonl"; }
	for ((round = 1; round <= rounds; round++)); do
		echo "$suite: round $round of $rounds" >&2
		if ((round % 2)); then
			run_ours
			run_peers "$@"
		else
			run_peers "$@"
			run_ours
		fi
	done
}

# generate SUITE ROWS FILE writes generated rows.
generate() {
	"$scratch/benchmark" -suite "$1" -rows "$2" -write "$3"
}

suite_ingest() {
	local csv="${DATA:-$scratch/orders.csv}"
	if [[ -z ${DATA:-} ]]; then
		generate ingest "${ROWS:-200000}" "$csv"
		generate ingest "${ROWS:-200000}" "$scratch/orders.parquet"
		both ingest -data "$scratch/orders.parquet" -repeat 3 -- --data "$scratch/orders.parquet" --repeat 3
	fi
	both ingest -data "$csv" -case csv_infer,csv_schema -repeat 3 -- --data "$csv" --repeat 3
}

suite_train() {
	local csv="${DATA:-$scratch/labelled.csv}" target="${TARGET:-bought}"
	[[ -n ${DATA:-} ]] || generate train "${ROWS:-100000}" "$csv"
	both train -data "$csv" -target "$target" -repeat 1 -- --data "$csv" --target "$target" --repeat 1
}

suite_score() {
	local csv="$scratch/labelled.csv" model="$scratch/model.txt"
	generate score "${ROWS:-100000}" "$csv"
	"$python" "$here/peers.py" --suite train --data "$csv" --target bought --save "$model"
	both score -data "$csv" -target bought -model "$model" -repeat 3 -- --data "$csv" --target bought --model "$model" --repeat 3
}

suite_predict() {
	local csv="$scratch/mixed.csv" models="$scratch/models" round model
	mkdir "$models"
	generate predict "${ROWS:-100000}" "$csv"
	"$python" "$here/predict.py" fit --data "$csv" --target bought --to "$models"
	ours_predict() {
		for model in "$models"/l*.txt; do
			"$scratch/benchmark" -json -suite predict -data "$csv" -target bought -model "$model" -workers 1 -repeat 3 >>"$scratch/ours.jsonl"
		done
	}
	peers_predict() { "$python" "$here/predict.py" run --data "$csv" --target bought --from "$models" --repeat 3 >>"$scratch/peers.jsonl"; }
	for ((round = 1; round <= rounds; round++)); do
		echo "predict: round $round of $rounds" >&2
		if ((round % 2)); then
			ours_predict
			peers_predict
		else
			peers_predict
			ours_predict
		fi
	done
}

if (($# == 0)); then
	set -- ingest train score predict
fi
for suite in "$@"; do
	case $suite in
	ingest | train | score | predict) "suite_$suite" ;;
	*)
		echo "run.sh: want ingest, train, score or predict, got $suite" >&2
		exit 2
		;;
	esac
done
"$python" "$here/table.py" "$scratch/ours.jsonl" "$scratch/peers.jsonl"
if [[ -n ${KEEP:-} ]]; then
	cp "$scratch"/*.jsonl "$KEEP"
fi
