"""Matters in Vietnamese."""

from __future__ import annotations

from helpdesk.demo.cast import CARDS, DIGITAL, LENDING, PREMIER
from helpdesk.demo.story import HIGH, LOW, NORMAL, URGENT, Story

STORIES = (
    Story(DIGITAL, "problem", NORMAL, ("app", "codes"), "Không nhận được mã OTP khi chuyển khoản", (
        ("c", "Chào ngân hàng,\n\nTừ sáng nay tôi không nhận được mã OTP khi chuyển khoản. Tôi thử lại ba lần vẫn không có tin nhắn, máy vẫn có sóng. Nhờ kiểm tra giúp."),
        ("a", "Chào {name},\n\nNhà mạng của bạn đang chậm tin nhắn từ 8 giờ sáng. Trong lúc chờ, bạn có thể bật xác nhận ngay trong ứng dụng: Hồ sơ, Bảo mật, Xác nhận trong ứng dụng. Cách này không cần tin nhắn."),
        ("c", "Tôi đã bật và chuyển được rồi. Cảm ơn bạn."),
    )),
    Story(CARDS, "problem", URGENT, ("lost card", "fraud"), "Mất thẻ, có giao dịch lạ {amount}", (
        ("c", "Em ơi, chị vừa thấy một giao dịch {amount} lúc 21 giờ 40 trên thẻ đuôi {card}. Chị không mua gì cả, khóa thẻ giúp chị ngay nhé."),
        ("n", "Đã khóa thẻ {card}, mở khiếu nại {ref}. Sáng mai gọi lại cho khách về giao dịch lạ."),
        ("a", "Chào {name},\n\nEm đã khóa thẻ đuôi {card}, từ giờ không ai dùng được thẻ này nữa ạ. Hồ sơ khiếu nại là {ref}; trong lúc xác minh chị không phải trả khoản này. Chị muốn nhận thẻ mới tại nhà hay tại chi nhánh?"),
        ("c", "Chị nhận tại chi nhánh Nguyễn Huệ nhé. Cảm ơn em."),
        ("a", "Dạ thẻ mới sẽ có ở chi nhánh Nguyễn Huệ từ sáng thứ Sáu. Chị mang theo căn cước giúp em ạ.\n\n{me}"),
    ), "anh-man-hinh.png"),
    Story(CARDS, "problem", HIGH, ("ATM",), "Thẻ bị nuốt ở ATM Nguyễn Huệ", (
        ("c", "Máy báo lỗi rồi giữ thẻ của em, đuôi {card}. Em đang đứng ở đây, giờ phải làm sao ạ?"),
        ("a", "Chào {name},\n\nThẻ của bạn vẫn an toàn, em đã tạm khóa. Sáng mai chi nhánh mở máy và giữ thẻ giúp bạn; bạn mang căn cước đến nhận từ 9 giờ nhé."),
        ("c", "Em nhận lại thẻ rồi. Cảm ơn chị."),
    )),
    Story(LENDING, "request", NORMAL, ("limit",), "Tăng hạn mức thẻ tín dụng trước Tết", (
        ("c", "Tôi muốn tăng hạn mức thẻ tín dụng lên {amount} trước Tết. Cần những giấy tờ gì?"),
        ("a", "Chào {name},\n\nAnh chị gửi giúp em sao kê lương ba tháng gần nhất, bản chụp rõ là được. Kết quả có trong hai ngày làm việc."),
        ("c", "Tôi gửi sao kê kèm theo đây."),
        ("n", "Hồ sơ đủ, chuyển bộ phận thẩm định."),
        ("a", "Chào {name},\n\nHạn mức mới đã có hiệu lực từ hôm nay. Chúc anh chị một cái Tết vui."),
    ), "sao-ke-luong.pdf"),
    Story(CARDS, "problem", HIGH, ("payments",), "Thẻ bị từ chối ở siêu thị", (
        ("c", "Tôi trả tiền ở siêu thị mà thẻ đuôi {card} bị từ chối hai lần, trong tài khoản vẫn đủ tiền. Rất ngại với người đứng sau."),
        ("a", "Chào {name},\n\nXin lỗi anh chị vì sự bất tiện. Thẻ bị từ chối vì hạn mức ngày đã hết sau giao dịch {amount} buổi sáng. Em có thể nâng hạn mức ngày nếu anh chị xác nhận trong ứng dụng."),
        ("c", "Tôi xác nhận rồi nhé."),
    )),
    Story(DIGITAL, "problem", NORMAL, ("app", "sign-in"), "Đổi điện thoại không đăng nhập được", (
        ("c", "Tôi mới đổi điện thoại, ứng dụng báo thiết bị chưa đăng ký. Tôi cần thanh toán tiền điện hôm nay."),
        ("a", "Chào {name},\n\nEm đã gỡ điện thoại cũ. Anh chị mở ứng dụng, chọn “Thiết bị mới” rồi quét mã vừa gửi qua email nhé. Mã có hiệu lực 30 phút."),
        ("c", "Được rồi, cảm ơn em nhiều."),
    )),
    Story(LENDING, "question", NORMAL, ("mortgage",), "Lãi suất vay mua nhà hiện nay", (
        ("c", "Cho tôi hỏi lãi suất vay mua nhà 20 năm hiện nay là bao nhiêu, và trả trước hạn có mất phí không?"),
        ("a", "Chào {name},\n\nLãi suất cố định hai năm đầu, sau đó thả nổi theo lãi suất cơ sở. Trả trước hạn sau năm thứ ba không mất phí. Em gửi bảng tính cho khoản {amount} để anh chị xem nhé."),
        ("c", "Cảm ơn, tôi xem rồi sẽ hẹn gặp."),
    )),
    Story(CARDS, "complaint", HIGH, ("fees", "complaint"), "Bị trừ phí thường niên hai lần", (
        ("c", "Năm nay tôi bị trừ phí thường niên hai lần, mỗi lần {amount}. Tôi đã gọi tổng đài ba lần mà chưa ai giải quyết."),
        ("n", "Đúng là trừ hai lần do đổi hạng thẻ. Hoàn tiền hôm nay, báo giám sát."),
        ("a", "Chào {name},\n\nEm xin lỗi vì anh chị phải gọi nhiều lần. Khoản thứ hai do hệ thống tính lại khi đổi hạng thẻ, em đã hoàn {amount} và tiền về trong hôm nay."),
        ("c", "Tiền đã về. Lần sau xin giải quyết sớm hơn."),
    )),
    Story(PREMIER, "request", NORMAL, ("letter",), "Xin xác nhận số dư tiếng Anh để xin visa", (
        ("c", "Tôi cần giấy xác nhận số dư bằng tiếng Anh, phỏng vấn visa vào thứ Tư tuần sau."),
        ("a", "Chào {name},\n\nEm làm xong hôm nay và gửi chuyển phát đến nhà anh chị vào ngày mai. Bản điện tử đính kèm để anh chị xem trước."),
        ("c", "Rất chu đáo, cảm ơn em."),
    )),
    Story(DIGITAL, "suggestion", LOW, ("idea",), "Góp ý: lưu người nhận thường xuyên", (
        ("c", "Ứng dụng nên cho lưu nhóm người nhận, tháng nào tôi cũng chuyển cho sáu người giống nhau."),
        ("a", "Chào {name},\n\nCảm ơn góp ý rất hay. Em đã chuyển cho nhóm phát triển, khi có em sẽ báo lại."),
    )),
    Story(CARDS, "question", LOW, ("card delivery",), "Bao giờ có thẻ mới?", (
        ("c", "Thẻ đuôi {card} của tôi hết hạn cuối tháng, thẻ mới đã gửi chưa?"),
        ("a", "Chào {name},\n\nThẻ mới gửi đi từ thứ Hai, khoảng ba ngày làm việc là đến. Mã PIN giữ nguyên ạ."),
        ("c", "Tôi nhận được rồi."),
    )),
    Story(LENDING, "question", NORMAL, ("loan",), "Muốn tất toán khoản vay trước hạn", (
        ("c", "Tôi còn nợ khoảng {amount}, muốn trả hết cuối tháng này. Có phí không?"),
        ("a", "Chào {name},\n\nKhoản vay của anh chị đã qua năm thứ ba nên không mất phí. Em chuẩn bị giấy tất toán cho ngày 30 nhé?"),
        ("c", "Vâng, nhờ em."),
    )),
)  # fmt: skip
