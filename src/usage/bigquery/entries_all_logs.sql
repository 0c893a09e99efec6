-- Entries as Log Analytics shows them: https://cloud.google.com/logging/docs/analyze/query-linked-dataset
  SELECT
    logs.timestamp AS seen_at,
    logs.log_name AS log_name,
    logs.proto_payload.audit_log.service_name AS service,
    logs.proto_payload.audit_log.method_name AS method,
    logs.proto_payload.audit_log.resource_name AS resource_name,
    JSON_VALUE(TO_JSON_STRING(logs.resource.labels), '$.project_id') AS project,
    JSON_VALUE(TO_JSON_STRING(logs.resource.labels), '$.email_id') AS target,
    logs.proto_payload.audit_log.authentication_info.principal_email AS email,
    logs.proto_payload.audit_log.authentication_info.principal_subject AS subject,
    logs.proto_payload.audit_log.authentication_info.service_account_key_name AS key_name,
    ARRAY_REVERSE(JSON_QUERY_ARRAY(TO_JSON_STRING(logs.proto_payload.audit_log.authentication_info), '$.service_account_delegation_info'))[SAFE_OFFSET(0)] AS delegate,
    logs.proto_payload.audit_log.request_metadata.caller_ip AS address,
    logs.proto_payload.audit_log.request_metadata.caller_network AS network,
    logs.proto_payload.audit_log.request_metadata.caller_supplied_user_agent AS user_agent,
    TO_JSON_STRING(logs.proto_payload.audit_log.authorization_info) AS checks
  FROM `{table}` AS logs
  WHERE logs.timestamp >= @since AND logs.timestamp < @until
    AND logs.log_id IN ('cloudaudit.googleapis.com/activity', 'cloudaudit.googleapis.com/data_access')
