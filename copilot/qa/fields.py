"""What fields of missing information are called on a screen."""

from collections.abc import Mapping

from copilot.domain.vocabulary import MissingField

FIELD_NAMES: Mapping[MissingField, str] = {
    MissingField.ORDER_ID: "订单号", MissingField.WAYBILL: "运单号", MissingField.PHOTOS: "照片",
    MissingField.VIDEO: "视频", MissingField.SCREENSHOT: "截图", MissingField.ADDRESS: "地址",
    MissingField.PHONE: "电话", MissingField.PRODUCT: "商品", MissingField.MODEL: "型号", MissingField.SIZE: "尺码",
    MissingField.SKU: "款式规格", MissingField.PURCHASE_DATE: "购买或签收时间",
    MissingField.FAULT_DESCRIPTION: "问题描述", MissingField.INVOICE_TITLE: "发票抬头",
    MissingField.TAX_NUMBER: "税号", MissingField.EMAIL: "邮箱", MissingField.PAYMENT_RECORD: "支付记录",
    MissingField.REFUND_ACCOUNT: "退款账户", MissingField.MEDICAL_RECORD: "就诊资料",
    MissingField.SUPPORTING_DOCUMENTS: "证明材料",
}  # fmt: skip
