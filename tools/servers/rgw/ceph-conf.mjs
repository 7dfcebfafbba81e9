/**
 * The configuration of a one-node Ceph that lives in one folder, listens on loopback only and needs no authentication
 * between its own daemons.
 *
 * @param {{ folder: string, clusterId: string, monitorPort: number, gatewayPort: number }} options
 * @returns {string}
 */
export function cephConf({ folder, clusterId, monitorPort, gatewayPort }) {
  return `[global]
fsid = ${clusterId}
mon_host = [v2:127.0.0.1:${monitorPort}/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# Without cephx the secure mode has no key to work with.
ms_mon_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.asok
log_file = ${folder}/log/$name.log
crash_dir = ${folder}/run
pid_file =
# One copy of everything, few placement groups: it is one process in memory.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_warn_on_pool_no_redundancy = false
# The machine's disk may be nearly full; nothing is kept on it.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[mon.a]
mon_data = ${folder}/mon
[osd.0]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
[client.rgw]
# Without tcp_nodelay every small answer waits 44 ms.
rgw_frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw_data = ${folder}/run
rgw_dns_name = localhost
rgw_enable_usage_log = false
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_thread_pool_size = 64
debug_rgw = 0/0
`;
}
