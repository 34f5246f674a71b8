"""The fields of files of work orders, of vehicles and of customer files, named as in /api/v1."""

from __future__ import annotations

from collections.abc import Callable

from aftersales.importing.cells import (
    INTAKES,
    STEPS,
    counts,
    instants,
    read_currency,
    read_day,
    read_items,
    words,
)
from core.models import Tenant
from core.phone import to_e164
from customers.importing.vocabulary import Need, Reader, Vocabulary

WHOSE = {
    "reference": "reference, ref, customer reference, customer id, customer no, customer number, account number, "
    "客户编号, 客户号, 会员号",
    "phone": "phone, phone number, telephone, tel, mobile, mobile number, cell phone, customer phone, "
    "电话, 电话号码, 联系电话, 手机, 手机号, 手机号码, 客户电话",
    "plate": "plate, plate number, licence plate, license plate, registration, 车牌, 车牌号, 车牌号码, 车号",
}
ORDERS = {
    "number": "number, no, order, order no, order number, work order, work order number, job, job number, "
    "工单, 工单号, 工单编号, 单号, 维修单号",
    **WHOSE,
    "kind": "kind, type, repair type, job type, 类型, 维修类型, 工单类型",
    "step": "step, state, status, 步骤, 状态, 进度",
    "received_at": "received at, received, received on, reception date, date in, 接车日期, 送修日期, 进厂日期, 接车时间",
    "promised_at": "promised at, promised, promised on, promised date, due, 承诺日期, 预计交车, 预计完工, 承诺时间",
    "delivered_at": "delivered at, delivered, delivered on, delivery date, date out, 交车日期, 出厂日期, 交车时间",
    "wish": "wish, wishes, customer wish, complaint, request, 客户要求, 要求, 故障描述",
    "items": "items, service items, work, work done, 维修项目, 项目, 维修养护项目",
    "currency": "currency, 货币, 币种",
    "odometer_km": "odometer km, odometer, mileage, km, 里程, 行驶里程, 公里数",
    "department": "department, 部门",
}
VEHICLES = {
    **WHOSE,
    "model": "model, vehicle, vehicle model, car, car model, 车型, 型号, 车辆型号",
    "kind": "kind, vehicle kind, vehicle type, 车种, 车辆类型, 车辆种类",
    "serial": "serial, serial number, vin, chassis number, 车架号, 序列号, 识别代号",
    "service_every_months": "service every months, service every, service interval, interval, 保养周期, 保养间隔",
    "next_service_on": "next service on, next service, next service date, service due, 下次保养, 下次保养日期, 下一次保养期",
    "sold_on": "sold on, sold, sale date, date of sale, purchased on, 销售日期, 购买日期, 购车日期",
    "warranty_until": "warranty until, warranty, warranty end, 保修期, 保修到期, 质保到期, 保修截止",
}
FILES = {
    **WHOSE,
    "work_order": "work order, work order number, order, order number, job, job number, 工单, 工单号, 工单编号, 维修单号",
    "intake": "intake, kind, type, 类型, 接待类型",
    "intake_on": "intake on, intake date, date, visited on, 日期, 送修或来访日期, 来访日期, 接待日期",
    "service_items": "service items, items, services, 维修养护项目, 维修项目, 服务项目",
    "wished_services": "wished services, wishes, wish, 希望得到的服务, 客户希望",
    "next_topic": "next topic, topic, next contact about, 下次内容, 下次通话内容, 下次联系内容",
    "next_contact_at": "next contact at, next contact, next call, 下次联系, 下次联系时间, 下次通话时间",
    "completed_at": "completed at, completed, completed on, filed on, 建档日期, 完成日期",
}
CUSTOMER = Need(
    ("reference", "phone"),
    "no_customer_column",
    "no column says whose each row is; name one reference or phone in the first line, or map one",
)
PLATE, MODEL, KIND = 20, 80, 40


def orders(tenant: Tenant, region: str) -> Vocabulary:
    """What a file of work orders may hold; times are by *tenant*'s clocks, numbers as dialled in *region*."""
    number = Need(
        ("number",),
        "no_order_column",
        "no column holds the numbers of the work orders; name one number, or map one",
    )
    instant = instants(tenant.zone)
    readers: dict[str, Reader] = {
        "phone": _phone(region), "step": words(STEPS), "items": read_items, "currency": read_currency, "received_at": instant,
        "promised_at": instant, "delivered_at": instant, "odometer_km": counts(10_000_000),
    }  # fmt: skip
    lengths = {
        "number": 40,
        "reference": 60,
        "plate": PLATE,
        "kind": KIND,
        "wish": 1000,
        "department": 40,
    }
    return Vocabulary(ORDERS, (number, CUSTOMER), lengths, readers)


def vehicles(tenant: Tenant, region: str) -> Vocabulary:
    """What a file of vehicles may hold."""
    known = Need(
        ("plate", "serial", "model"),
        "no_vehicle_column",
        "no column says which vehicle each row is about; name one plate, serial or model, or map one",
    )
    readers: dict[str, Reader] = {
        "phone": _phone(region), "service_every_months": counts(240), "next_service_on": read_day,
        "sold_on": read_day, "warranty_until": read_day,
    }  # fmt: skip
    return Vocabulary(
        VEHICLES,
        (CUSTOMER, known),
        {"reference": 60, "plate": PLATE, "model": MODEL, "kind": KIND, "serial": 40},
        readers,
    )


def files(tenant: Tenant, region: str) -> Vocabulary:
    """What a file of customer files may hold."""
    intake = Need(
        ("intake", "work_order"),
        "no_intake_column",
        "no column says what each intake was; name one intake or work order, or map one",
    )
    instant = instants(tenant.zone)
    readers: dict[str, Reader] = {
        "phone": _phone(region), "intake": words(INTAKES), "intake_on": read_day, "next_contact_at": instant, "completed_at": instant,
    }  # fmt: skip
    lengths = {
        "reference": 60,
        "plate": PLATE,
        "work_order": 40,
        "service_items": 400,
        "wished_services": 400,
        "next_topic": 200,
    }
    return Vocabulary(FILES, (CUSTOMER, intake), lengths, readers)


def _phone(region: str) -> Callable[[str], str]:
    return lambda text: to_e164(text, region)
