"""A Checkout Session and its line items as objects: what the request gave, and the many fields that stay empty here."""

from sandbox.store import Json
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.errors import missing
from sandbox.stripe.forms import merged
from sandbox.stripe.payment_methods import types_for


def basket_item(books: Books, number: int, given: Json) -> Json:
    """One line item with its price, from `line_items[number]`. Raises ApiError for what is missing in it."""
    where = f"line_items[{number}]"
    if "price_data" not in given:
        raise missing(f"{where}[price_data]")
    price, quantity = given["price_data"], given.get("quantity")
    if quantity is None:
        raise missing(f"{where}[quantity]")
    if "product" not in price and "product_data" not in price:
        raise missing(f"{where}[price_data][product]")
    product = price.get("product_data", {})
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product.get("name") or price.get("product"),
        "metadata": merged({}, given.get("metadata", {})),
        "price": {
            "id": new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": books.moment,
            "currency": price["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": price.get("product") or new_id("prod", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
    }


def open_session(books: Books, given: Json, *, currency: str, total: int, expires_at: int) -> Json:
    """An open, unpaid session over `total` minor units."""
    id = new_id("cs_test", 58)
    return {
        **_unused(),
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "billing_address_collection": given.get("billing_address_collection"),
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": books.moment,
        "currency": currency,
        "customer": given.get("customer"),
        "customer_creation": given.get("customer_creation", "if_required"),
        "customer_email": given.get("customer_email"),
        "expires_at": expires_at,
        "locale": given.get("locale"),
        "metadata": merged({}, given.get("metadata", {})),
        "payment_intent": None,
        "payment_method_types": list(given.get("allowed_payment_method_types") or types_for(currency)),
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": given.get("submit_type"),
        "success_url": given["success_url"],
        "url": f"{books.world.config.public_url}/stripe/pay/{id}",
    }


def _unused() -> Json:
    """What sessions in mode `payment` with a hosted page have, and nothing here gives another value."""
    return {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_details": None,
        "discounts": [],
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "mode": "payment",
        "origin_context": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "wallet_options": None,
    }
