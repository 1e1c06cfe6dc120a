-- Flink SQL from the topic into date folders on HDFS, up to the topic's present end. Names with a dollar sign
-- are filled in. What Flink's own guides show for it: Kafka source, JSON format, filesystem sink by date,
-- checkpoints every 10 s (source positions and pending files: exactly once). A record that fails a check is
-- dropped, for a query has one sink and the JSON format keeps no text of what it cannot read.

SET 'execution.checkpointing.interval' = '10 s';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'execution.checkpointing.dir' = '$url$root/checkpoints';
SET 'table.local-time-zone' = 'UTC';
SET 'parallelism.default' = '$cores';
-- By default a job that fails is tried again for ever.
SET 'restart-strategy.type' = 'none';

CREATE TABLE messages (
  patient_id STRING,
  age STRING, -- as INT, 41.7 would be read as 41
  gender STRING,
  diagnosis_code STRING,
  visit_date STRING,
  treatment_code STRING,
  outcome STRING
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '$bootstrap',
$client  'topic' = '$topic',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

CREATE TABLE records (
  patient_id STRING,
  age INT,
  gender STRING,
  diagnosis_code STRING,
  visit_date STRING,
  treatment_code STRING,
  outcome STRING,
  `date` STRING
) PARTITIONED BY (`date`) WITH (
  'connector' = 'filesystem',
  'path' = '$url$root/data',
  'format' = 'json'
);

INSERT INTO records
SELECT
  patient_id,
  CAST(age AS INT),
  gender,
  CASE WHEN CHAR_LENGTH(code) > 3 AND SUBSTRING(code, 4, 1) <> '.'
    THEN SUBSTRING(code, 1, 3) || '.' || SUBSTRING(code, 4) ELSE code END,
  visit_date,
  treatment_code,
  outcome,
  visit_date
FROM (SELECT *, UPPER(diagnosis_code) AS code FROM messages)
WHERE REGEXP(patient_id, '^(?!\s)\P{Cc}{1,64}(?<!\s)\z')
  AND REGEXP(age, '^[0-9]{1,3}\z') AND TRY_CAST(age AS INT) BETWEEN 0 AND 130
  AND gender IN ('M', 'F', 'O', 'U')
  AND REGEXP(code, '^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?\z')
  -- A real day, and spelled as it must be.
  AND CAST(TRY_CAST(visit_date AS DATE) AS STRING) = visit_date
  AND TRY_CAST(visit_date AS DATE) BETWEEN DATE '1900-01-01' AND CURRENT_DATE + INTERVAL '1' DAY
  AND REGEXP(treatment_code, '^(?!\s)\P{Cc}{1,32}(?<!\s)\z')
  AND outcome IN ('recovered', 'ongoing', 'deceased');
