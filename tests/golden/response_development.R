# Writes response_development.json: the screen, the model, its predictions and its measures by R's glm.
# Run: Rscript response_development.R > response_development.json
suppressMessages({library(survival); library(jsonlite)})

sets <- list(
  lung = {d <- with(lung, data.frame(response = as.integer(time > 270), age, woman = sex == 2, ecog = ph.ecog, loss = wt.loss))
          d[complete.cases(d), ]},
  infert = with(infert, data.frame(response = case, age, spontaneous, induced, education = as.character(education))))
formula_of <- function(covariates) as.formula(paste("response ~", paste(covariates, collapse = "+")))
exact <- function(f, d) glm(f, binomial, d, control = list(epsilon = 1e-14, maxit = 50))

made <- function(name, covariates, weights, intercept) {
  d <- sets[[name]]
  none <- exact(response ~ 1, d)
  screen <- sapply(covariates, function(one) anova(none, exact(formula_of(one), d), test = "LRT")[2, "Pr(>Chi)"])
  f <- exact(formula_of(covariates), d)
  told <- predict(f, d[1:5, ], se.fit = TRUE)
  # A score with rounded weights, as somebody else's patients would meet it.
  X <- model.matrix(formula_of(covariates), d)[, -1, drop = FALSE]
  lp <- round(as.vector(intercept + X %*% weights), 10); p <- plogis(lp); y <- d$response
  both <- exact(y ~ lp, data.frame(y, lp)); alone <- exact(y ~ offset(lp), data.frame(y, lp))
  area <- unname(wilcox.test(p[y == 1], p[y == 0], exact = FALSE)$statistic) / (sum(y) * sum(1 - y))
  band <- floor((rank(round(p, 12), ties.method = "average") - 0.5) / length(p) * 10)
  bands <- do.call(rbind, lapply(sort(unique(band)), function(k) {
    w <- band == k; ci <- binom.test(sum(y[w]), sum(w))$conf.int
    data.frame(n = sum(w), responders = sum(y[w]), predicted = mean(p[w]), observed = mean(y[w]), low = ci[1], high = ci[2]) }))
  list(data = name, covariates = covariates, weights = weights, intercept = intercept, screen_p = unname(screen),
       coefficients = unname(coef(f)), first = unname(told$fit), first_se = unname(told$se.fit),
       area = area, slope = unname(coef(both)[2]), slope_se = summary(both)$coefficients[2, 2],
       in_the_large = unname(coef(alone)), in_the_large_se = summary(alone)$coefficients[1, 2],
       brier = mean((y - p)^2), observed_to_expected = sum(y) / sum(p), bands = bands)
}

cat(toJSON(list(versions = list(R = R.version.string), sets = sets,
                models = list(made("lung", c("age", "woman", "ecog", "loss"), c(-0.01, 0.8, -0.7, 0.02), 0.3),
                              made("infert", c("age", "spontaneous", "induced"), c(0.05, 1.4, 0.2), -3.1))),
           digits = NA, auto_unbox = TRUE, na = "null", null = "null", dataframe = "columns"), "\n")
