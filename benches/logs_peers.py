"""Groups exported audit logs by caller with DuckDB or ClickHouse, each by its fastest way: typed columns.

Arguments: duckdb|clickhouse PATTERN [OUT]. Without OUT, the groups are only counted.
"""

import resource
import sys

peer, pattern = sys.argv[1], sys.argv[2]
out = sys.argv[3] if len(sys.argv) > 3 else None
CLASS = """CASE WHEN ip = '' THEN 'Absent' WHEN ip = 'private' THEN 'Private' WHEN ip = 'gce-internal-ip' THEN 'GceInternal'
 WHEN {starts}(ip, '10.') OR {starts}(ip, '192.168.') THEN 'Internal' ELSE 'Public' END"""
KEYS = "e, k, d, ua, class, s, p"

if peer == "duckdb":
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads=2; SET preserve_insertion_order=false; SET enable_progress_bar=false")
    payload = (
        "STRUCT(authenticationInfo STRUCT(principalEmail VARCHAR, serviceAccountKeyName VARCHAR,"
        " serviceAccountDelegationInfo STRUCT(firstPartyPrincipal STRUCT(principalEmail VARCHAR))[]),"
        " requestMetadata STRUCT(callerIp VARCHAR, callerSuppliedUserAgent VARCHAR), serviceName VARCHAR)"
    )
    columns = f"{{protoPayload: '{payload}', resource: 'STRUCT(labels STRUCT(project_id VARCHAR))', timestamp: 'TIMESTAMP'}}"
    rows = f"""SELECT protoPayload.authenticationInfo.principalEmail e,
 coalesce(split_part(protoPayload.authenticationInfo.serviceAccountKeyName, '/keys/', 2), '') k,
 coalesce(protoPayload.authenticationInfo.serviceAccountDelegationInfo[-1].firstPartyPrincipal.principalEmail, '') d,
 coalesce(protoPayload.requestMetadata.callerSuppliedUserAgent, '') ua,
 coalesce(protoPayload.requestMetadata.callerIp, '') ip, protoPayload.serviceName s, resource.labels.project_id p,
 timestamp t FROM read_ndjson('{pattern}', columns={columns}, maximum_object_size=67108864)"""
    groups = f"""SELECT e, k, d, ua, {CLASS.format(starts='starts_with')} class, s, p, count(*) n, min(t) f, max(t) l
 FROM ({rows}) WHERE suffix(e, 'gserviceaccount.com') GROUP BY ALL"""
    if out:
        found = 0
        listed = f"SELECT {KEYS}, n, epoch_us(f), epoch_us(l) FROM ({groups})"
        connection.execute(f"COPY ({listed}) TO '{out}' (DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')")
    else:
        found = connection.execute(f"SELECT count(*) FROM ({groups})").fetchone()[0]
else:
    import chdb

    payload = (
        "Tuple(authenticationInfo Tuple(principalEmail String, serviceAccountKeyName String,"
        " serviceAccountDelegationInfo Array(Tuple(firstPartyPrincipal Tuple(principalEmail String)))),"
        " requestMetadata Tuple(callerIp String, callerSuppliedUserAgent String), serviceName String)"
    )
    columns = f"protoPayload {payload}, resource Tuple(labels Tuple(project_id String)), timestamp DateTime64(9, ''UTC'')"
    rows = f"""SELECT protoPayload.authenticationInfo.principalEmail e,
 splitByString('/keys/', protoPayload.authenticationInfo.serviceAccountKeyName)[2] k,
 protoPayload.authenticationInfo.serviceAccountDelegationInfo[-1].firstPartyPrincipal.principalEmail d,
 protoPayload.requestMetadata.callerSuppliedUserAgent ua, protoPayload.requestMetadata.callerIp ip,
 protoPayload.serviceName s, resource.labels.project_id p, timestamp t
 FROM file('{pattern}', 'JSONEachRow', '{columns}')"""
    groups = f"""SELECT e, k, d, ua, {CLASS.format(starts='startsWith')} class, s, p, count() n, min(t) f, max(t) l
 FROM ({rows}) WHERE endsWith(e, 'gserviceaccount.com') GROUP BY {KEYS}"""
    settings = (
        "SETTINGS max_threads=2, input_format_skip_unknown_fields=1,"
        " input_format_json_ignore_unknown_keys_in_named_tuple=1, input_format_json_named_tuples_as_objects=1,"
        " input_format_json_defaults_for_missing_elements_in_named_tuple=1, date_time_input_format='best_effort',"
        " input_format_parallel_parsing=1"
    )
    if out:
        found = 0
        micros = "intDiv(toUnixTimestamp64Nano(f), 1000), intDiv(toUnixTimestamp64Nano(l), 1000)"
        chdb.query(f"SELECT {KEYS}, n, {micros} FROM ({groups}) INTO OUTFILE '{out}' TRUNCATE FORMAT TSVRaw {settings}")
    else:
        found = str(chdb.query(f"SELECT count() FROM ({groups}) {settings}")).strip()

used = resource.getrusage(resource.RUSAGE_SELF)
print(found, used.ru_utime + used.ru_stime, used.ru_maxrss)
