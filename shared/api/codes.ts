/**
 * Every code of the logkit API. A route has one code for all its failures; the text of the failure
 * tells them apart. The names say what was being done.
 */
export const LOGKIT_CODES = {
  success: 'L200',

  configGet: 'L1001',
  runnerAdd: 'L1002',
  runnerDelete: 'L1003',
  runnerStart: 'L1004',
  runnerStop: 'L1005',
  runnerReset: 'L1006',
  runnerUpdate: 'L1007',
  runnerErrors: 'L1008',

  readerRead: 'L1101',
  parserParse: 'L1201',
  transformerTransform: 'L1301',
  senderSend: 'L1401',

  clusterSlaves: 'L2001',
  clusterStatus: 'L2002',
  clusterConfigs: 'L2003',
  clusterRegister: 'L2004',
  clusterTag: 'L2005',
  clusterRunnerAdd: 'L2006',
  clusterRunnerDelete: 'L2007',
  clusterRunnerStart: 'L2008',
  clusterRunnerStop: 'L2009',
  clusterRunnerReset: 'L2010',
  clusterRunnerUpdate: 'L2011',
  clusterSlavesDelete: 'L2012',
  clusterSlavesTag: 'L2013',
  clusterConfig: 'L2014',
} as const;

/**
 * What `GET /logkit/errorcode` answers, word for word. The original leaves L1008, L1101 and L1401
 * out, and programs may compare the whole answer, so they stay out.
 */
export const ERROR_TEXTS: Readonly<Record<string, string>> = {
  L1001: '获取 Config 出现错误',
  L1002: '添加 Runner 出现错误',
  L1003: '删除 Runner 出现错误',
  L1004: '开启 Runner 出现错误',
  L1005: '关闭 Runner 出现错误',
  L1006: '重置 Runner 出现错误',
  L1007: '更新 Runner 出现错误',
  L1201: '解析字符串失败',
  L1301: '转化字段失败',
  L200: '操作成功',
  L2001: '获取 Slaves 列表出现错误',
  L2002: '获取 Slaves 状态出现错误',
  L2003: '获取 Slaves Configs 出现错误',
  L2004: '接受 Slaves 注册出现错误',
  L2005: '更改 Tag 出现错误',
  L2006: 'Slaves 添加 Runner 出现错误',
  L2007: 'Slaves 删除 Runner 出现错误',
  L2008: 'Slaves 启动 Runner 出现错误',
  L2009: 'Slaves 关闭 Runner 出现错误',
  L2010: 'Slaves 重置 Runner 出现错误',
  L2011: 'Slaves 更新 Runner 出现错误',
  L2012: 'Slaves 从列表中移除时出现错误',
  L2013: 'Slaves 更改 Tag 出现错误',
  L2014: '获取 Slaves Config 出现错误',
};
