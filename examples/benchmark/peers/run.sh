#!/usr/bin/env bash
# Measures tidewheel and its peers in turn on the same files and prints the
# ratios as a Markdown table. Nothing is left behind but what KEEP names.
#
#   examples/benchmark/peers/run.sh [SUITE ...]    # ingest, validate, profile, train, stream, score, predict; all of these without any
#
# ingest reads 1,000,000 rows in each format and 5,000,000 as CSV and Parquet;
# ingest-quick only the cases that have a goal.
# validate and profile take 1,000,000 rows in memory, for about 8 minutes.
# train is boosting, linear and forest on several sets; train-quick is boosting on
# the sets that matter most, for about 25 minutes. stream is the memory of
# boosting on 10 million rows in a file.
#
# Settings, by environment variables:
#   ROUNDS=5         rounds; in each, ours and the peers' run once, who is first alternates
#   ROWS=            generated rows; 1000000 for ingest, validate and profile, 100000 for score and predict, 10000000
#                    for stream, for train as many as its sets are named after and a third more for testing
#   SETS=            only the sets of train that match this pattern, such as 'mixed-28-*-31'
#   TOOLS=           only the peers of train whose names begin with one of these, such as LightGBM,XGBoost
#   THREADS="1 2"    of ingest, validate, profile, train and stream
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

# reading CASE[:NAME] FILE ROWS TYPES TOOL... measures a case of ingest, each tool and number of threads in a process of its own; NAME is what the case is called in the table.
reading() {
	local case="${1%%:*}" name="${1##*:}" file=$2 rows=$3 types=$4 tool thread
	local -a tools=(ours "${@:5}")
	((round % 2)) || tools=("${@:5}" ours)
	for thread in ${THREADS:-1 2}; do
		for tool in "${tools[@]}"; do
			if [[ $tool == ours ]]; then
				"$scratch/benchmark" -json -suite ingest -data "$file" -case "$case" -workers "$thread" -repeat "$repeat" | renamed "$case" "$name" >>"$scratch/ours.jsonl"
			elif [[ $tool != pandas || $thread == 1 ]]; then # pandas knows no threads
				"$python" "$here/ingest.py" run --tool "$tool" --case "$case" --data "$file" --rows "$rows" --types "$types" --threads "$thread" --repeat "$repeat" | renamed "$case" "$name" >>"$scratch/peers.jsonl"
			fi
		done
	done
}

# file_of CASE is the file that a case of scanning reads.
file_of() {
	case $1 in csv_*) echo orders.csv ;; *) echo rows.parquet ;; esac
}

renamed() {
	sed -E "s/(\"case\": ?\")$1\"/\\1$2\"/"
}

# orders ROWS FOLDER writes generated rows as CSV and, by pyarrow, as Parquet, and whatever more the flags behind ask of ingest.py.
orders() {
	mkdir -p "$2"
	generate ingest "$1" "$2/orders.csv"
	generate ingest "$1" "$2/orders.parquet"
	"$python" "$here/ingest.py" files --parquet "$2/orders.parquet" --to "$2" "${@:3}"
	rm "$2/orders.parquet"
}

suite_ingest() {
	local rows="${ROWS:-1000000}" few="$scratch/few" many="$scratch/many" round case repeat=3
	if [[ -n ${DATA:-} ]]; then
		"$python" "$here/ingest.py" files --data "$DATA" --to "$scratch"
		for ((round = 1; round <= rounds; round++)); do
			echo "ingest: round $round of $rounds" >&2
			for case in csv_infer csv_schema; do
				reading "$case" "$DATA" 0 "$scratch/types.json" pyarrow polars pandas duckdb
			done
		done
		return
	fi
	orders "$rows" "$few" --quoted --data "$few/orders.csv"
	generate ingest "$rows" "$few/orders.csv.gz"
	generate ingest "$rows" "$few/orders.jsonl"
	generate ingest "$rows" "$few/orders.arrow"
	orders "$((5 * rows))" "$many"
	for ((round = 1; round <= rounds; round++)); do
		echo "ingest: round $round of $rounds" >&2
		for case in csv_infer csv_schema; do
			reading "$case" "$few/orders.csv" 0 "$few/types.json" pyarrow polars pandas duckdb
		done
		reading csv_infer:csv_quoted "$few/quoted.csv" 0 "$few/types.json" pyarrow polars pandas duckdb
		reading csv_gz "$few/orders.csv.gz" 0 "$few/types.json" pyarrow polars pandas duckdb
		for case in parquet parquet_columns parquet_filter parquet_range; do
			reading "$case" "$few/rows.parquet" "$rows" "$few/types.json" pyarrow polars duckdb
		done
		reading jsonl "$few/orders.jsonl" 0 "$few/types.json" pyarrow polars duckdb
		reading arrow "$few/orders.arrow" 0 "$few/types.json" pyarrow polars
		for case in csv_scan parquet_scan; do
			reading "$case" "$few/$(file_of "$case")" "$rows" "$few/types.json" pyarrow duckdb
		done
		repeat=1
		reading csv_infer "$many/orders.csv" 0 "$few/types.json" pyarrow polars duckdb
		reading parquet "$many/rows.parquet" "$((5 * rows))" "$few/types.json" pyarrow polars duckdb
		for case in csv_scan parquet_scan; do
			reading "$case" "$many/$(file_of "$case")" "$((5 * rows))" "$few/types.json" pyarrow duckdb
		done
		repeat=3
	done
	rm -r "$few" "$many"
}

suite_ingest-quick() {
	local rows="${ROWS:-1000000}" few="$scratch/few" many="$scratch/many" round case repeat
	orders "$rows" "$few" --data "$few/orders.csv"
	orders "$((5 * rows))" "$many"
	for ((round = 1; round <= rounds; round++)); do
		echo "ingest-quick: round $round of $rounds" >&2
		repeat=3
		reading csv_infer "$few/orders.csv" 0 "$few/types.json" pyarrow
		for case in parquet parquet_columns parquet_filter parquet_range; do
			reading "$case" "$few/rows.parquet" "$rows" "$few/types.json" pyarrow polars
		done
		repeat=1
		reading csv_infer "$many/orders.csv" 0 "$few/types.json" pyarrow
		reading parquet "$many/rows.parquet" "$((5 * rows))" "$few/types.json" pyarrow
		for case in csv_scan parquet_scan; do
			reading "$case" "$few/$(file_of "$case")" "$rows" "$few/types.json" pyarrow
			reading "$case" "$many/$(file_of "$case")" "$((5 * rows))" "$few/types.json" pyarrow
		done
	done
	rm -r "$few" "$many"
}

# held SUITE CASE SCRIPT FILE REPEAT TOOL... measures a case over rows that each tool holds in memory, each tool and number of threads in a process of its own.
held() {
	local suite=$1 case=$2 script=$3 file=$4 repeat=$5 round tool thread
	for ((round = 1; round <= rounds; round++)); do
		echo "$suite: round $round of $rounds" >&2
		local -a tools=(ours "${@:6}")
		((round % 2)) || tools=("${@:6}" ours)
		for thread in ${THREADS:-1 2}; do
			for tool in "${tools[@]}"; do
				case $tool in
				ours) "$scratch/benchmark" -json -suite "$suite" -data "$file" -case "$case" -workers "$thread" -repeat "$repeat" >>"$scratch/ours.jsonl" ;;
				pandera-pandas) ((thread > 1)) || "$python" "$here/$script" run --tool "$tool" --data "$file" --repeat 2 >>"$scratch/peers.jsonl" ;; # knows no threads
				great-expectations) ((thread > 1)) || "$python" "$here/$script" run --tool "$tool" --data "$file" --repeat 1 >>"$scratch/peers.jsonl" ;;
				*) "$python" "$here/$script" run --tool "$tool" --data "$file" --threads "$thread" --repeat "$repeat" >>"$scratch/peers.jsonl" ;;
				esac
			done
		done
	done
}

suite_validate() {
	generate validate "${ROWS:-1000000}" "$scratch/parcels.parquet"
	held validate checks checks.py "$scratch/parcels.parquet" 3 polars pandera-polars pandera-pandas great-expectations duckdb
	rm "$scratch/parcels.parquet"
}

suite_profile() {
	generate profile "${ROWS:-1000000}" "$scratch/profiled.parquet"
	held profile columns columns.py "$scratch/profiled.parquet" 2 polars duckdb
	rm "$scratch/profiled.parquet"
}

# tagged puts the name of a set before the name of each case.
tagged() {
	sed -E "s|(\"case\": ?\")|\\1$1/|"
}

# set_of_rows ROUNDS CASES KIND COLUMNS ROWS LEAVES measures training on one generated set of so many rows to learn from.
set_of_rows() {
	local turns=$1 cases=$2 kind=$3 columns=$4 rows=${ROWS:-$5} leaves=$6 file round thread name
	name="$kind-$columns-$5-$leaves"
	# shellcheck disable=SC2053
	[[ $name == ${SETS:-*} ]] || return 0
	file="$scratch/$kind-$columns-$rows.parquet"
	[[ -f $file ]] || "$scratch/benchmark" -suite train -kind "$kind" -columns "$columns" -rows "$((rows * 4 / 3))" -write "$file"
	ours_set() {
		for thread in ${THREADS:-1 2}; do
			"$scratch/benchmark" -json -suite train -data "$file" -target bought -leaves "$leaves" -case "$cases" -workers "$thread" -repeat 1 | tagged "$kind-$leaves" >>"$scratch/ours.jsonl"
		done
	}
	peers_set() {
		for thread in ${THREADS:-1 2}; do
			"$python" "$here/peers.py" --suite train --data "$file" --target bought --leaves "$leaves" --case "$cases" --tools "${TOOLS:-}" --threads "$thread" --repeat 1 | tagged "$kind-$leaves" >>"$scratch/peers.jsonl"
		done
	}
	for ((round = 1; round <= turns; round++)); do
		echo "train: $name, round $round of $turns" >&2
		if ((round % 2)); then
			ours_set
			peers_set
		else
			peers_set
			ours_set
		fi
	done
}

suite_train() {
	local leaves
	if [[ -n ${DATA:-} ]]; then
		both train -data "$DATA" -target "$TARGET" -case gbdt,linear -repeat 1 -- --data "$DATA" --target "$TARGET" --repeat 1
		return
	fi
	for leaves in 31 255; do
		set_of_rows "$rounds" gbdt numbers 30 100000 "$leaves"
		set_of_rows "$rounds" gbdt mixed 30 100000 "$leaves"
		set_of_rows "$rounds" gbdt numbers 28 1000000 "$leaves"
		set_of_rows "$rounds" gbdt mixed 28 1000000 "$leaves"
	done
	set_of_rows "$rounds" linear numbers 30 100000 0
	set_of_rows "$rounds" forest numbers 30 80000 0
}

suite_train-quick() {
	local leaves
	for leaves in 31 255; do
		set_of_rows "$rounds" gbdt numbers 30 100000 "$leaves"
		set_of_rows "$rounds" gbdt mixed 30 100000 "$leaves"
	done
	set_of_rows "$((rounds < 3 ? rounds : 3))" gbdt mixed 28 1000000 31
}

suite_stream() {
	local file="$scratch/stream.parquet" thread
	"$scratch/benchmark" -suite stream -columns 28 -rows "${ROWS:-10000000}" -write "$file"
	for thread in ${THREADS:-1 2}; do
		GOMEMLIMIT="${GOMEMLIMIT:-1000MiB}" "$scratch/benchmark" -json -suite stream -data "$file" -target bought -workers "$thread" -repeat 1 >>"$scratch/ours.jsonl"
		"$python" "$here/peers.py" --suite stream --data "$file" --target bought --threads "$thread" --repeat 1 >>"$scratch/peers.jsonl"
	done
	rm "$file"
}

suite_score() {
	local csv="$scratch/labelled.csv" model="$scratch/model.txt"
	generate score "${ROWS:-100000}" "$csv"
	"$python" "$here/peers.py" --suite train --data "$csv" --target bought --save "$model"
	both score -data "$csv" -target bought -model "$model" -repeat 3 -- --data "$csv" --target bought --model "$model" --repeat 3
}

suite_predict() {
	local csv="$scratch/mixed.csv" models="$scratch/models" round model name cases
	mkdir "$models"
	generate predict "${ROWS:-100000}" "$csv"
	"$python" "$here/predict.py" fit --data "$csv" --target bought --to "$models"
	ours_predict() {
		for model in "$models"/l*.txt; do
			name="$(basename "$model" .txt)"
			cases="${name}_batch,${name}_row"
			[[ $name != *t100* ]] || cases+=",${name}_shap"
			"$scratch/benchmark" -json -suite predict -data "$csv" -target bought -model "$model" -case "$cases" -workers 1 -repeat 3 >>"$scratch/ours.jsonl"
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
	set -- ingest validate profile train stream score predict
fi
for suite in "$@"; do
	case $suite in
	ingest | ingest-quick | validate | profile | train | train-quick | stream | score | predict) "suite_$suite" ;;
	*)
		echo "run.sh: want ingest, ingest-quick, validate, profile, train, train-quick, stream, score or predict, got $suite" >&2
		exit 2
		;;
	esac
done
if [[ -n ${KEEP:-} ]]; then
	cp "$scratch"/*.jsonl "$KEEP"
fi
"$python" "$here/table.py" "$scratch/ours.jsonl" "$scratch/peers.jsonl"
