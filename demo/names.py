"""Words the demo company's customers are made of: our own lists, nobody's data."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMPANY = {"en": "Lakeside Motors", "zh": "湖滨汽车"}
FIRST = _words(
    "Ada Alan Alice Amy Andre Anna Ben Beth Blake Carla Carlos Cathy Chloe Clara Cole Dana Daniel Derek Diana Diego "
    "Edith Elena Eli Emma Eric Erin Esther Evan Faye Felix Fiona Frank Gail Gavin Gina Glen Grace Grant Hanna Harry "
    "Hazel Henry Holly Hugo Ian Ida Irene Isaac Iris Ivan Jack Jade James Jane Jason Joel Joyce Julia Karen Karl Kate "
    "Keith Kim Kyle Laura Lena Leo Liam Lily Linda Lloyd Lucy Luis Luke Mabel Marco Maria Mark Martha Max Maya Mia "
    "Miles Mona Nadia Nathan Nell Nina Noah Nora Omar Oscar Owen Paula Peter Phil Quinn Rachel Ralph Rita Rosa Ruth"
)
LAST = _words(
    "Abbott Alvarez Archer Atwood Bailey Barnes Baxter Becker Bishop Bowen Brady Burke Byrne Calder Carver Chavez "
    "Coleman Conway Crane Dalton Dawson Delgado Dixon Doyle Draper Ellison Emery Espinoza Falk Farrell Fisher Flores "
    "Foster Fuller Gallagher Garner Gibbs Goodwin Grady Hale Harmon Hayes Herrera Hobbs Holt Hooper Ingram Jarvis "
    "Jensen Keller Kemp Kerr Lang Larkin Lawson Lindgren Lopez Lowell Maddox Malone Marsh Mendez Merritt Moody Moran "
    "Nash Navarro Newell Nolan Norris Oakley Ortega Osborn Parrish Peck Pratt Quigley Ramos Reyes Rhodes Rowe Sadler "
    "Salas Sawyer Shea Slater Sutton Talbot Tate Thorne Underhill Valdez Vaughn Voss Walsh Weaver Wilder Yates York"
)
FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉萍红建文辉力飞雪梅兰欣怡佳宇浩轩子涵思晨雨桐嘉俊瑞博睿诗琪若安宁"
FIRMS = _words(
    "Harborview Silverline Northgate Bluestone Redwood Cedar Granite Prairie Summit Copper Juniper Maple Orchard "
    "Pinecrest Riverbend Sagebrush Stonebridge Sunfield Tidewater Westwind"
)
TRADES = _words("Logistics Catering Couriers Builders Nurseries Printing Bakeries Rentals Farms Clinics")
FIRMS_ZH = _words(
    "东湖 星海 云帆 长风 瑞丰 恒通 金桥 绿洲 新远 和信 华诚 明德 安顺 天悦 泰和 锦程 远航 鼎盛 同济 嘉禾"
)
TRADES_ZH = _words("物流 餐饮 快递 建筑 园林 印务 食品 租赁 农业 医疗")
# model names in both languages; the makes do not exist
MODELS = (
    ("Heron 2", "白鹭2"),
    ("Heron Estate", "白鹭旅行版"),
    ("Kestrel", "红隼"),
    ("Kestrel EV", "红隼EV"),
    ("Otter Van", "水獭厢式车"),
    ("Plover", "金鸻"),
    ("Marlin S", "旗鱼S"),
    ("Marlin Hybrid", "旗鱼混动"),
)
STREETS = _words("Lake Harbor Mill Orchard Cedar Chestnut Spring Willow Prospect Canal")
STREETS_ZH = _words("湖滨 解放 人民 中山 建设 和平 新华 长江 文化 青年")
