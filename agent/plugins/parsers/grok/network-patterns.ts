/** Logs of mail servers, and of what watches networks and machines. */
export const NETWORK_PATTERNS = String.raw`
EXIM_MSGID [0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}
EXIM_FLAGS <=|=>|->|>>|\*>|\*\*|==
EXIM_DATE %{YEAR:exim_year}-%{MONTHNUM:exim_month}-%{MONTHDAY:exim_day} %{TIME:exim_time}
EXIM_PID \[%{POSINT:pid}\]
EXIM_QT (?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?
EXIM_EXCLUDE_TERMS Message is frozen|(?:Start|End) queue run| Warning: | retry time not reached | no (?:IP address|host name) found for (?:IP address|host) | unexpected disconnection while reading SMTP command | no immediate delivery: |another process is handling this message
EXIM_REMOTE_HOST H=(?:%{HOSTNAME:remote_hostname} )?(?:\(%{NOTSPACE:remote_heloname}\) )?\[%{IP:remote_host}\](?::%{POSINT:remote_port})?
EXIM_INTERFACE I=\[%{IP:exim_interface}\](?::%{POSINT:exim_interface_port})?
EXIM_PROTOCOL P=%{NOTSPACE:protocol}
EXIM_MSG_SIZE S=%{INT:exim_msg_size}
EXIM_HEADER_ID id=%{NOTSPACE:exim_header_id}
EXIM_SUBJECT T=%{QS:exim_subject}
EXIM_UNKNOWN_FIELD [A-Za-z0-9]{1,4}=(?:%{QS}|%{NOTSPACE})
EXIM_SKIPPED (?: %{EXIM_UNKNOWN_FIELD})*?
EXIM_NAMED_FIELDS (?:%{EXIM_SKIPPED} %{EXIM_REMOTE_HOST})?(?:%{EXIM_SKIPPED} %{EXIM_INTERFACE})?(?:%{EXIM_SKIPPED} %{EXIM_PROTOCOL})?(?:%{EXIM_SKIPPED} %{EXIM_MSG_SIZE})?(?:%{EXIM_SKIPPED} %{EXIM_HEADER_ID})?(?:%{EXIM_SKIPPED} %{EXIM_SUBJECT})?(?: %{EXIM_UNKNOWN_FIELD})*
EXIM_MESSAGE_ARRIVAL %{EXIM_DATE:timestamp}(?: %{EXIM_PID})? %{EXIM_MSGID:exim_msgid} (?P<exim_flags><=) (?:(?P<exim_status>[a-z:]) )?%{NOTSPACE:exim_sender_email}%{EXIM_NAMED_FIELDS}(?: from %{NOTSPACE})?(?: for %{NOTSPACE:exim_recipient_email})?
EXIM %{EXIM_MESSAGE_ARRIVAL}

# Logs of Bro, which is Zeek by now: fields between tabs
BRO_FIELD [^\t]*
BRO_ENDS %{NUMBER:ts}\t%{NOTSPACE:uid}\t%{IP:orig_h}\t%{INT:orig_p}\t%{IP:resp_h}\t%{INT:resp_p}
BRO_HTTP %{BRO_ENDS}\t%{INT:trans_depth}\t%{BRO_FIELD:method}\t%{BRO_FIELD:domain}\t%{BRO_FIELD:uri}\t%{BRO_FIELD:referrer}\t%{BRO_FIELD:user_agent}\t%{BRO_FIELD:request_body_len}\t%{BRO_FIELD:response_body_len}\t%{BRO_FIELD:status_code}\t%{BRO_FIELD:status_msg}\t%{BRO_FIELD:info_code}\t%{BRO_FIELD:info_msg}\t%{BRO_FIELD:filename}\t%{BRO_FIELD:bro_tags}\t%{BRO_FIELD:username}\t%{BRO_FIELD:password}\t%{BRO_FIELD:proxied}\t%{BRO_FIELD:orig_fuids}\t%{BRO_FIELD:orig_mime_types}\t%{BRO_FIELD:resp_fuids}\t%{BRO_FIELD:resp_mime_types}
BRO_DNS %{BRO_ENDS}\t%{WORD:proto}\t%{INT:trans_id}\t%{BRO_FIELD:query}\t%{BRO_FIELD:qclass}\t%{BRO_FIELD:qclass_name}\t%{BRO_FIELD:qtype}\t%{BRO_FIELD:qtype_name}\t%{BRO_FIELD:rcode}\t%{BRO_FIELD:rcode_name}\t%{BRO_FIELD:AA}\t%{BRO_FIELD:TC}\t%{BRO_FIELD:RD}\t%{BRO_FIELD:RA}\t%{BRO_FIELD:Z}\t%{BRO_FIELD:answers}\t%{BRO_FIELD:TTLs}\t%{BRO_FIELD:rejected}
BRO_CONN %{BRO_ENDS}\t%{WORD:proto}\t%{BRO_FIELD:service}\t%{BRO_FIELD:duration}\t%{BRO_FIELD:orig_bytes}\t%{BRO_FIELD:resp_bytes}\t%{BRO_FIELD:conn_state}\t%{BRO_FIELD:local_orig}\t%{BRO_FIELD:missed_bytes}\t%{BRO_FIELD:history}\t%{BRO_FIELD:orig_pkts}\t%{BRO_FIELD:orig_ip_bytes}\t%{BRO_FIELD:resp_pkts}\t%{BRO_FIELD:resp_ip_bytes}\t%{BRO_FIELD:tunnel_parents}
BRO_FILES %{NUMBER:ts}\t%{NOTSPACE:fuid}\t%{BRO_FIELD:tx_hosts}\t%{BRO_FIELD:rx_hosts}\t%{BRO_FIELD:conn_uids}\t%{BRO_FIELD:source}\t%{BRO_FIELD:depth}\t%{BRO_FIELD:analyzers}\t%{BRO_FIELD:mime_type}\t%{BRO_FIELD:filename}\t%{BRO_FIELD:duration}\t%{BRO_FIELD:local_orig}\t%{BRO_FIELD:is_orig}\t%{BRO_FIELD:seen_bytes}\t%{BRO_FIELD:total_bytes}\t%{BRO_FIELD:missing_bytes}\t%{BRO_FIELD:overflow_bytes}\t%{BRO_FIELD:timedout}\t%{BRO_FIELD:parent_fuid}\t%{BRO_FIELD:md5}\t%{BRO_FIELD:sha1}\t%{BRO_FIELD:sha256}\t%{BRO_FIELD:extracted}

MCOLLECTIVE [DFEWI], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\]%{SPACE}%{LOGLEVEL:event_level}
MCOLLECTIVEAUDIT %{TIMESTAMP_ISO8601:timestamp}:
`;
