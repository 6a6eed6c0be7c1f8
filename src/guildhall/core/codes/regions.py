"""The first two digits of the administrative division codes."""

from __future__ import annotations

from collections.abc import Mapping

PROVINCES: Mapping[str, Mapping[str, str]] = {
    "11": {"zh": "北京市", "en": "Beijing"},
    "12": {"zh": "天津市", "en": "Tianjin"},
    "13": {"zh": "河北省", "en": "Hebei"},
    "14": {"zh": "山西省", "en": "Shanxi"},
    "15": {"zh": "内蒙古自治区", "en": "Inner Mongolia"},
    "21": {"zh": "辽宁省", "en": "Liaoning"},
    "22": {"zh": "吉林省", "en": "Jilin"},
    "23": {"zh": "黑龙江省", "en": "Heilongjiang"},
    "31": {"zh": "上海市", "en": "Shanghai"},
    "32": {"zh": "江苏省", "en": "Jiangsu"},
    "33": {"zh": "浙江省", "en": "Zhejiang"},
    "34": {"zh": "安徽省", "en": "Anhui"},
    "35": {"zh": "福建省", "en": "Fujian"},
    "36": {"zh": "江西省", "en": "Jiangxi"},
    "37": {"zh": "山东省", "en": "Shandong"},
    "41": {"zh": "河南省", "en": "Henan"},
    "42": {"zh": "湖北省", "en": "Hubei"},
    "43": {"zh": "湖南省", "en": "Hunan"},
    "44": {"zh": "广东省", "en": "Guangdong"},
    "45": {"zh": "广西壮族自治区", "en": "Guangxi"},
    "46": {"zh": "海南省", "en": "Hainan"},
    "50": {"zh": "重庆市", "en": "Chongqing"},
    "51": {"zh": "四川省", "en": "Sichuan"},
    "52": {"zh": "贵州省", "en": "Guizhou"},
    "53": {"zh": "云南省", "en": "Yunnan"},
    "54": {"zh": "西藏自治区", "en": "Tibet"},
    "61": {"zh": "陕西省", "en": "Shaanxi"},
    "62": {"zh": "甘肃省", "en": "Gansu"},
    "63": {"zh": "青海省", "en": "Qinghai"},
    "64": {"zh": "宁夏回族自治区", "en": "Ningxia"},
    "65": {"zh": "新疆维吾尔自治区", "en": "Xinjiang"},
    "71": {"zh": "台湾省", "en": "Taiwan"},
    "81": {"zh": "香港特别行政区", "en": "Hong Kong"},
    "82": {"zh": "澳门特别行政区", "en": "Macau"},
}
"""Province codes of GB/T 2260 (National Bureau of Statistics, division codes of 2023-06-30)."""

RESIDENCE_PERMITS: Mapping[str, Mapping[str, str]] = {
    "81": {"zh": "香港居民居住证", "en": "residence permit, Hong Kong resident"},
    "82": {"zh": "澳门居民居住证", "en": "residence permit, Macau resident"},
    "83": {"zh": "台湾居民居住证", "en": "residence permit, Taiwan resident"},
}
"""Prefixes of residence-permit numbers (国办发〔2018〕81号: 810000, 820000, 830000). 83 is no province of GB/T 2260."""
