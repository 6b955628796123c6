/** Logs of firewalls: NetScreen, Junos, and those that netfilter writes. */
export const FIREWALL_PATTERNS = String.raw`
NETSCREENSESSIONLOG %{SYSLOGTIMESTAMP:date} %{IPORHOST:device} %{IPORHOST}: NetScreen device_id=%{WORD:device_id} .*start_time=%{QUOTEDSTRING:start_time} duration=%{INT:duration} policy_id=%{INT:policy_id} service=%{DATA:service} proto=%{INT:proto} src zone=%{WORD:src_zone} dst zone=%{WORD:dst_zone} action=%{WORD:action} sent=%{INT:sent} rcvd=%{INT:rcvd} src=%{IPORHOST:src_ip} dst=%{IPORHOST:dst_ip}(?: src_port=%{INT:src_port} dst_port=%{INT:dst_port})?(?: src-xlated ip=%{IPORHOST:src_xlated_ip} port=%{INT:src_xlated_port} dst-xlated ip=%{IPORHOST:dst_xlated_ip} port=%{INT:dst_xlated_port})?(?: session_id=%{INT:session_id})?(?: reason=%{GREEDYDATA:reason})?

# Junos: a session that was closed, created, denied
RT_FLOW_EVENT RT_FLOW_SESSION_(?:CREATE|CLOSE|DENY)(?:_LS)?
RT_FLOW_WAY %{IP:src-ip}/%{INT:src-port}->%{IP:dst-ip}/%{INT:dst-port} %{NOTSPACE:service}
RT_FLOW_NAT %{IP:nat-src-ip}/%{INT:nat-src-port}->%{IP:nat-dst-ip}/%{INT:nat-dst-port} %{DATA:src-nat-rule-name} %{DATA:dst-nat-rule-name}
RT_FLOW_ZONES %{NOTSPACE:policy-name} %{NOTSPACE:from-zone} %{NOTSPACE:to-zone}
RT_FLOW1 %{RT_FLOW_EVENT:event}: session closed %{DATA:close-reason}: %{RT_FLOW_WAY} %{RT_FLOW_NAT} %{INT:protocol-id} %{RT_FLOW_ZONES} %{INT:session-id} \d+\(%{INT:sent}\) \d+\(%{INT:received}\) %{INT:elapsed-time}
RT_FLOW2 %{RT_FLOW_EVENT:event}: session created %{RT_FLOW_WAY} %{RT_FLOW_NAT} %{INT:protocol-id} %{RT_FLOW_ZONES} %{INT:session-id}
RT_FLOW3 %{RT_FLOW_EVENT:event}: session denied %{RT_FLOW_WAY} %{INT:protocol-id}\(\d+\) %{RT_FLOW_ZONES}

# What netfilter writes, by itself and behind the marks of Shorewall and SuSEfirewall2
NF_MAC %{COMMONMAC:nf_dst_mac}:%{COMMONMAC:nf_src_mac}(?::[0-9a-fA-F]{2})*
NF_WAY IN=(?:%{NOTSPACE:nf_in_interface})? OUT=(?:%{NOTSPACE:nf_out_interface})?(?: PHYSIN=\S+)?(?: PHYSOUT=\S+)?(?: MAC=(?:%{NF_MAC})?)? SRC=%{IP:nf_src_ip} DST=%{IP:nf_dst_ip}
NF_PACKET LEN=%{INT:nf_len}(?: TOS=%{BASE16NUM:nf_tos} PREC=%{BASE16NUM:nf_prec} TTL=%{INT:nf_ttl} ID=%{INT:nf_id}| TC=%{INT:nf_tos} HOPLIMIT=%{INT:nf_ttl} FLOWLBL=%{INT:nf_id})
NF_PORTS PROTO=%{WORD:nf_protocol}(?: SPT=%{INT:nf_src_port} DPT=%{INT:nf_dst_port})?
IPTABLES %{NF_WAY} %{NF_PACKET}(?: \S+)*? %{NF_PORTS}
SHOREWALL %{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:nf_host} kernel: (?:\[ *%{NUMBER}\] )?Shorewall:(?P<nf_action1>[\w-]*):(?P<nf_action2>[\w-]*):? ?%{IPTABLES}
SFW2 (?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp}) %{HOSTNAME} kernel: (?:\[ *%{NUMBER}\] )?SFW2-%{NOTSPACE:nf_action} %{NF_WAY} (?:\S+ )*?%{NF_PORTS}
`;
