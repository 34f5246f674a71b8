"""The fields of a customer file."""

from __future__ import annotations

from customers.importing.cells import LENGTHS, READERS, read_state
from customers.importing.problems import REASONS
from customers.importing.vocabulary import Need, Vocabulary

NUMBERS = ("mobile", "phone", "fax")
HEADINGS = {
    "name": "name, full name, customer, customer name, contact, contact name, 姓名, 名字, 客户, 客户姓名, 客户名称, 联系人",
    "company": "company, company name, firm, organisation, organization, 公司, 公司名称, 单位, 企业",
    "mobile": "mobile, mobile number, mobile phone, cell, cell phone, cellphone, msisdn, "
    "手机, 手机号, 手机号码, 移动电话, 移动号码",
    "phone": "phone, phone number, telephone, telephone number, tel, number, landline, home phone, work phone, "
    "电话, 电话号码, 联系电话, 固定电话, 座机, 号码",
    "fax": "fax, fax number, facsimile, telefax, 传真, 传真号, 传真号码",
    "language": "language, lang, preferred language, 语言, 语种",
    "zone": "zone, time zone, timezone, tz, 时区",
    "address": "address, postal address, street address, mailing address, 地址, 通讯地址, 联系地址, 住址",
    "state": "state, state code, province, 州, 省, 省份",
    "preferred_channel": "preferred channel, channel, contact by, 首选渠道, 渠道, 首选联系方式, 联系方式",
    "reference": "reference, ref, customer id, customer no, customer number, account number, 客户编号, 客户号, 编号, 会员号",
    "plate": "plate, plate number, licence plate, license plate, registration, 车牌, 车牌号, 车牌号码",
    "model": "model, vehicle, vehicle model, car, car model, 车型, 型号, 车辆型号",
    "vehicle_kind": "vehicle kind, vehicle type, 车辆类型, 车辆种类",
    "next_service": "next service, next service date, next service on, service due, 下次保养, 下次保养日期, 下次维护",
    "consent_marketing": "consent marketing, marketing consent, 营销同意, 同意营销, 营销授权",
    "consent_service": "consent service, service consent, 服务同意, 同意服务通知",
    "tags": "tags, tag, labels, groups, 标签, 分组",
}
FIELDS = tuple(HEADINGS)


def vocabulary(region: str) -> Vocabulary:
    """What a file of customers in *region* may hold; a state is checked by its country."""
    needs = (Need(NUMBERS, "no_number_column", REASONS["no_number_column"]),)
    return Vocabulary(HEADINGS, needs, LENGTHS, {**READERS, "state": lambda text: read_state(text, region)})
